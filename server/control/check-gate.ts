/** Answers whether a candidate may be promoted: the free checks first, then its golden-set results. Changes nothing. */
import { z } from "zod";
import { notFound } from "@/server/domain/errors";
import { GATE_TIERS, type GateCheck } from "@/server/domain/gate/gate-check";
import type { GoldenItem } from "@/server/domain/gate/golden-item";
import type { Results } from "@/server/domain/gate/promotion-gate";
import { gatesFromLimits, LimitsInput, promotionGate, ResultsInput } from "@/server/domain/gate/promotion-gate";
import { AliasName, ApplicationId, PolicyName, ReleaseId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { findAlias } from "@/server/store/control/aliases";
import type { Gate } from "@/server/domain/policy/policy";
import type { ControlReader } from "@/server/store/control/database";
import { findPolicy } from "@/server/store/control/policies";
import { findRelease } from "@/server/store/control/releases";
import type { ControlContext } from "./context";
import { DEFAULT_POLICY_NAME } from "./default-policy";
import { freeChecks } from "./free-checks";
import { itemsOf, resultsOf } from "./gate-core";
import { requireRole } from "./require-role";
import { policyOf } from "./rollout-core";

/** A release, whose submitted results are looked up, or the results themselves. */
const Side = z.union([ReleaseId, ResultsInput], { error: "must be a release id, or results like {quality: 0.87}" });

export const CheckGateInput = closedObject({
  application: ApplicationId,
  /** Without it, what `alias` serves now. */
  baseline: Side.optional(),
  candidate: Side,
  /** Without them, the gates of `policy`. */
  limits: LimitsInput.optional(),
  policy: PolicyName.default(PolicyName.parse(DEFAULT_POLICY_NAME)),
  alias: AliasName.default(AliasName.parse("production")),
});
export type CheckGateInput = z.input<typeof CheckGateInput>;
type Given = z.output<typeof CheckGateInput>;

export const CheckGateOutput = z.object({
  promote: z.boolean(),
  /** `unknown`: nothing failed, but evidence is missing. */
  verdict: z.enum(["promote", "refuse", "unknown"]),
  checks: z.array(
    z.object({
      tier: z.enum(GATE_TIERS),
      name: z.string(),
      passed: z.boolean(),
      observed: z.number().nullable(),
      limit: z.number().nullable(),
      message: z.string(),
      /** Candidate minus baseline over the cases of both runs, where they came with their cases. */
      comparison: z
        .object({
          paired: z.boolean(),
          n: z.number().int(),
          baseline: z.number(),
          candidate: z.number(),
          difference: z.number(),
          lower: z.number(),
          upper: z.number(),
          insideNoise: z.boolean(),
        })
        .optional(),
      /** Neither passed nor shown to be broken: the difference may be chance. */
      undecided: z.literal(true).optional(),
    }),
  ),
});
export type CheckGateOutput = z.output<typeof CheckGateOutput>;

/** @throws DomainError `not_found` for a release that is not registered. */
export function checkGate(context: ControlContext, input: CheckGateInput): CheckGateOutput {
  requireRole(context.actor, { role: "viewer", scopes: ["ci", "read"], automatic: ["controller", "system"] });
  const given = parseInput(CheckGateInput, input, "the gate");
  const { db } = context;
  const baselineSide = given.baseline ?? findAlias(db, given)?.releaseId;
  const candidate = resultsFor(db, { given, side: given.candidate });
  const baseline = baselineSide === undefined ? undefined : resultsFor(db, { given, side: baselineSide });
  const gates = gatesFor(db, { given, candidate });
  const gate = promotionGate({
    candidate,
    gates,
    items: {
      candidate: itemsFor(db, { given, side: given.candidate }),
      baseline: itemsFor(db, { given, side: baselineSide }),
    },
    free: freeChecksFor(db, { given, baselineSide, gates: gates.length }),
    ...(baseline === undefined ? {} : { baseline }),
  });
  return { ...gate, checks: [...gate.checks] };
}

type Side = z.output<typeof Side> | string;

function resultsFor(db: ControlReader, { given, side }: { given: Given; side: Side }): Results {
  if (typeof side !== "string") return side;
  const key = { application: given.application, releaseId: side };
  if (findRelease(db, key) === undefined) throw notFound(`release of ${given.application}`, side);
  return resultsOf(db, key);
}

function itemsFor(db: ControlReader, { given, side }: { given: Given; side: Side | undefined }): GoldenItem[] {
  return typeof side === "string" ? itemsOf(db, { application: given.application, releaseId: side }) : [];
}

/** What the caller gives, else the policy's gates; with neither, quality must improve. */
function gatesFor(db: ControlReader, { given, candidate }: { given: Given; candidate: Results }): readonly Gate[] {
  if (given.limits !== undefined) return gatesFromLimits(given.limits, candidate);
  const policy = findPolicy(db, { name: given.policy });
  if (policy === undefined && given.policy !== DEFAULT_POLICY_NAME) throw notFound("policy", given.policy);
  const gates =
    policy === undefined ? [] : policyOf(db, { policyName: policy.name, policyVersion: policy.version }).gates;
  return gates.length > 0 ? gates : gatesFromLimits({}, candidate);
}

/** Results alone have no manifest to look at. */
function freeChecksFor(
  db: ControlReader,
  { given, baselineSide, gates }: { given: Given; baselineSide: Side | undefined; gates: number },
): GateCheck[] {
  if (typeof given.candidate !== "string") return [];
  const { application, alias, policy } = given;
  const release = findRelease(db, { application, releaseId: given.candidate });
  if (release === undefined) return [];
  return freeChecks(db, {
    release,
    alias,
    baselineId: typeof baselineSide === "string" ? baselineSide : undefined,
    asked: given.limits === undefined ? { policy, gates } : undefined,
  });
}
