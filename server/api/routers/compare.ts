/** A candidate against its concurrent control. */
import { z } from "zod";
import { READ } from "@/server/api/access";
import { SegmentInput } from "@/server/api/segment-input";
import { createRouter, procedure } from "@/server/api/trpc";
import { ApplicationId, ReleaseId, RolloutId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { TimeInput } from "@/server/domain/time";
import { readCompare } from "@/server/read/compare";
import { readCompareDiffers } from "@/server/read/compare-differs";
import { CompareDiffersView } from "@/server/read/compare-differs-view";
import { CompareView } from "@/server/read/compare-view";
import { readShadowPairs } from "@/server/read/shadow-pairs";
import { ShadowPairsView } from "@/server/read/shadow-pairs-view";

const subject = {
  /** Either a rollout, or an application and a candidate. */
  rolloutId: RolloutId.optional(),
  application: ApplicationId.optional(),
  candidate: ReleaseId.optional(),
  control: ReleaseId.optional(),
  mode: z.enum(["canary", "shadow"]).optional(),
  from: TimeInput.optional(),
  to: TimeInput.optional(),
};

const CompareInput = closedObject({
  ...subject,
  windowMs: z
    .number()
    .int()
    .min(10_000)
    .max(7 * 86_400_000)
    .optional(),
  segment: SegmentInput.optional(),
});

export const compareRouter = createRouter({
  get: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/compare",
      summary: "A rollout's tracks, or any two releases, metric by metric",
    },
    input: CompareInput,
    output: CompareView,
  }).query(({ ctx, input: { from, to, ...input } }) => readCompare(ctx, { ...input, fromMs: from, toMs: to })),

  differs: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/compare/differs",
      summary: "Where in the traffic of a range the candidate is worse than its control, and more than elsewhere",
    },
    input: closedObject(subject),
    output: CompareDiffersView,
  }).query(({ ctx, input: { from, to, ...input } }) => readCompareDiffers(ctx, { ...input, fromMs: from, toMs: to })),

  pairs: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/compare/pairs",
      summary: "A shadow against the very requests it copies: differences within each pair, and the worst pairs",
    },
    input: CompareInput,
    output: ShadowPairsView,
  }).query(({ ctx, input: { from, to, ...input } }) => readShadowPairs(ctx, { ...input, fromMs: from, toMs: to })),
});
