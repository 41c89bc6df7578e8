/** Records which feature transformation one side runs, and says whether the two sides agree. */
import { z } from "zod";
import type { CanonicalValue } from "@/server/domain/canonical-text";
import { invalidInput } from "@/server/domain/errors";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { fingerprint, parity } from "@/server/domain/parity/fingerprint";
import { ensureApplication } from "@/server/store/control/applications";
import { addFingerprint, findFingerprint } from "@/server/store/control/features";
import type { ControlContext } from "./context";
import { perform, writeAudit, type Act } from "./perform";
import { requireRole } from "./require-role";

export const RecordFingerprintInput = closedObject({
  application: ApplicationId,
  view: z.string().min(1).max(128),
  side: z.enum(["offline", "online"], { error: "must be offline or online" }),
  /** The transformation's configuration. */
  config: z.record(z.string(), z.json()).optional(),
  /** First 8 hex digits of the SHA-256 of the configuration's canonical text, where the sender computes it. */
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{8}$/, "must be a fingerprint: 8 lower-case hex digits")
    .optional(),
});
export type RecordFingerprintInput = z.input<typeof RecordFingerprintInput>;
type Given = z.output<typeof RecordFingerprintInput>;

export const RecordFingerprintOutput = z.object({
  application: z.string(),
  view: z.string(),
  side: z.enum(["offline", "online"]),
  fingerprint: z.string(),
  offline: z.string().nullable(),
  online: z.string().nullable(),
  /** Null while one side is not known: that is never equality. */
  equal: z.boolean().nullable(),
  /** Whether this side reported another fingerprint before. */
  changed: z.boolean(),
});
export type RecordFingerprintOutput = z.output<typeof RecordFingerprintOutput>;

/** @throws DomainError `invalid_input` without configuration and fingerprint, or when the two contradict each other. */
export function recordFingerprint(context: ControlContext, input: RecordFingerprintInput): RecordFingerprintOutput {
  requireRole(context.actor, { role: "release_manager", scopes: ["ci", "ingest"], automatic: ["system"] });
  const given = parseInput(RecordFingerprintInput, input, "the fingerprint");
  const value = fingerprintOf(given);
  const { application, view, side } = given;
  return perform(context, (act) => {
    const before = findFingerprint(act.tx, given);
    const changed = before?.fingerprint !== value;
    if (changed) keep(act, { given, value, before: before?.fingerprint });
    const of = (one: "offline" | "online"): string | undefined =>
      findFingerprint(act.tx, { application, view, side: one })?.fingerprint;
    const [offline, online] = [of("offline"), of("online")];
    const equal = parity(offline, online)?.equal ?? null;
    return {
      application,
      view,
      side,
      fingerprint: value,
      offline: offline ?? null,
      online: online ?? null,
      equal,
      changed,
    };
  });
}

function keep(act: Act, { given, value, before }: { given: Given; value: string; before: string | undefined }): void {
  const { application, view, side, config } = given;
  ensureApplication(act.tx, { id: application, nowMs: act.context.nowMs });
  const row = { application, view, side, fingerprint: value, config: config ?? null };
  addFingerprint(act.tx, { ...row, atMs: act.context.nowMs, submittedBy: act.context.actor.name });
  writeAudit(act, {
    action: "fingerprint.recorded",
    target: `application/${application}/feature_view/${view}`,
    ...(before === undefined ? {} : { before: { side, fingerprint: before } }),
    after: { side, fingerprint: value, ...(config === undefined ? {} : { config }) },
  });
}

function fingerprintOf({ config, fingerprint: given }: Given): string {
  const computed = config === undefined ? undefined : compute(config);
  if (given !== undefined && computed !== undefined && given !== computed) {
    throw invalidInput(`the fingerprint ${given} is not that of the configuration, which is ${computed}`, [
      { pointer: "/fingerprint", message: `must be ${computed}, or be left out` },
    ]);
  }
  const value = computed ?? given;
  if (value !== undefined) return value;
  throw invalidInput("give the configuration, or its fingerprint", [{ pointer: "/config", message: "is needed" }]);
}

function compute(config: CanonicalValue): string {
  try {
    return fingerprint(config);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalidInput(`the configuration has no canonical text: ${error.message}`, [
      { pointer: "/config", message: error.message },
    ]);
  }
}
