/** Feature views: registered, the same offline and online, fresh, and served with the values they were evaluated with? */
import { z } from "zod";
import { READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import { putFeatureView, PutFeatureViewInput, PutFeatureViewOutput } from "@/server/control/put-feature-view";
import {
  recordFingerprint,
  RecordFingerprintInput,
  RecordFingerprintOutput,
} from "@/server/control/record-fingerprint";
import { submitFeatureSet, SubmitFeatureSetInput, SubmitFeatureSetOutput } from "@/server/control/submit-feature-set";
import { ApplicationId, RequestId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { TimeInput } from "@/server/domain/time";
import { definedOnly } from "@/server/read/defined-only";
import { readFeatures } from "@/server/read/features";
import { FeaturesView, PointInTimeView } from "@/server/read/features-view";
import { readPointInTime } from "@/server/read/point-in-time";

const PIPELINE = { role: "release_manager", scopes: ["ci"] } as const;

export const featuresRouter = createRouter({
  fingerprint: procedure({
    access: { role: "release_manager", scopes: ["ci", "ingest"] },
    rest: {
      method: "POST",
      path: "/api/v1/features/fingerprints",
      summary: "Report a transformation's fingerprint; answers the parity of both sides",
    },
    input: RecordFingerprintInput,
    output: RecordFingerprintOutput,
  }).mutation(({ ctx, input }) => ctx.write(recordFingerprint, input)),

  list: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/applications/{application}/features",
      summary: "Feature views with parity over time, freshness, and drift per feature and segment",
    },
    input: closedObject({ application: ApplicationId, from: TimeInput.optional(), to: TimeInput.optional() }),
    output: FeaturesView,
  }).query(({ ctx, input: { application, from, to } }) =>
    readFeatures(ctx, { application, ...definedOnly({ fromMs: from, toMs: to }) }),
  ),

  putView: procedure({
    access: PIPELINE,
    rest: {
      method: "PUT",
      path: "/api/v1/applications/{application}/feature-views/{view}",
      summary: "Register a feature view; the same definition again is the same revision",
      createdField: "created",
    },
    input: PutFeatureViewInput,
    output: PutFeatureViewOutput,
  }).mutation(({ ctx, input }) => ctx.write(putFeatureView, input)),

  submitSet: procedure({
    access: PIPELINE,
    rest: {
      method: "POST",
      path: "/api/v1/applications/{application}/feature-views/{view}/evaluation-sets",
      summary: "Hand in the feature values that an evaluation was made with",
      status: 201,
    },
    input: SubmitFeatureSetInput,
    output: SubmitFeatureSetOutput,
  }).mutation(({ ctx, input }) => ctx.write(submitFeatureSet, input)),

  pointInTime: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/applications/{application}/feature-views/{view}/point-in-time",
      summary: "A feature's value at an instant, as evaluated and as served",
    },
    input: closedObject({
      application: ApplicationId,
      view: z.string().min(1).max(128),
      feature: z.string().min(1).max(128),
      entity: z.string().min(1).max(256),
      at: TimeInput.optional(),
      requestId: RequestId.optional(),
    }),
    output: PointInTimeView,
  }).query(({ ctx, input: { at, ...query } }) => readPointInTime(ctx, definedOnly({ ...query, atMs: at }))),
});
