/** Registers a feature view: what it holds, how fresh it must be, where it comes from and how it is computed. */
import { z } from "zod";
import type { CanonicalValue } from "@/server/domain/canonical-text";
import { canonicalText } from "@/server/domain/canonical-text";
import { invalidInput } from "@/server/domain/errors";
import { sha256Hex } from "@/server/domain/hash";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject, openRecord, parseInput } from "@/server/domain/input";
import { fingerprint } from "@/server/domain/parity/fingerprint";
import { DURATION_FORM, formatDuration, parseDuration } from "@/server/domain/policy/duration";
import { ensureApplication } from "@/server/store/control/applications";
import { addFeatureView, findFeatureView } from "@/server/store/control/features";
import type { ControlContext } from "./context";
import { perform, writeAudit } from "./perform";
import { requireRole } from "./require-role";

const Ttl = z.string().refine((text) => parseDuration(text) !== undefined, `must be ${DURATION_FORM}`);

/** What a view's definition is, apart from where it is registered. */
const FeatureViewDefinition = closedObject({
  /** `{failure_count: "Int64"}`. */
  schema: openRecord(z.string().min(1).max(128), z.string().min(1).max(128)).default({}),
  /** How old a served value may be. */
  ttl: Ttl.nullable().default(null),
  /** Where the values come from: tables, topics, files. */
  sources: z.array(z.string().min(1).max(512)).max(32).default([]),
  /** The transformation's configuration; its fingerprint is what both sides should report. */
  transformation: z.record(z.string(), z.json()).nullable().default(null),
  /** Hashes of a feature store's own definition, by what they are about: `schema`, `compute`, `policy`. */
  definition: openRecord(z.string().min(1).max(32), z.string().max(128)).nullable().default(null),
});

export const PutFeatureViewInput = closedObject({
  application: ApplicationId,
  view: z.string().min(1).max(128),
  ...FeatureViewDefinition.shape,
});
export type PutFeatureViewInput = z.input<typeof PutFeatureViewInput>;

export const PutFeatureViewOutput = z.object({
  application: z.string(),
  view: z.string(),
  /** Counts the changed registrations from 1; the same definition again is the same revision. */
  revision: z.number().int(),
  /** Of the transformation; null where none is given. */
  fingerprint: z.string().nullable(),
  created: z.boolean(),
});
export type PutFeatureViewOutput = z.output<typeof PutFeatureViewOutput>;

/** @throws DomainError `invalid_input` for a definition that has no canonical text. */
export function putFeatureView(context: ControlContext, input: PutFeatureViewInput): PutFeatureViewOutput {
  requireRole(context.actor, { role: "release_manager", scopes: ["ci"], automatic: ["controller", "system"] });
  const { application, view, ttl, ...definition } = parseInput(PutFeatureViewInput, input, "the feature view");
  const ttlMs = ttl === null ? null : (parseDuration(ttl) ?? null);
  const written = { ...definition, ttl: ttlMs === null ? null : formatDuration(ttlMs) };
  const digest = hashed(() => sha256Hex(canonicalText(written as CanonicalValue)));
  const { transformation } = definition;
  const own = transformation === null ? null : hashed(() => fingerprint(transformation as CanonicalValue));
  return perform(context, (act) => {
    const before = findFeatureView(act.tx, { application, view });
    if (before?.digest === digest) {
      return { application, view, revision: before.revision, fingerprint: before.fingerprint, created: false };
    }
    const revision = (before?.revision ?? 0) + 1;
    ensureApplication(act.tx, { id: application, nowMs: context.nowMs });
    addFeatureView(act.tx, {
      ...definition,
      application,
      view,
      revision,
      digest,
      ttlMs,
      fingerprint: own,
      atMs: context.nowMs,
      submittedBy: context.actor.name,
    });
    writeAudit(act, {
      action: "feature_view.put",
      target: `application/${application}/feature_view/${view}`,
      ...(before === undefined ? {} : { before: { revision: before.revision, digest: before.digest } }),
      after: { revision, ...written },
    });
    return { application, view, revision, fingerprint: own, created: true };
  });
}

function hashed(compute: () => string): string {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalidInput(`the feature view has no canonical text: ${error.message}`, [
      { pointer: "", message: error.message },
    ]);
  }
}
