/** Which release serves a subject: the alias, or the candidate of its rollout, by the subject's hash alone. */
import { z } from "zod";
import { notFound } from "@/server/domain/errors";
import { PolicyName } from "@/server/domain/ids";
import { parsePolicy, type Policy } from "@/server/domain/policy/policy";
import { assignTrack, subjectBucket } from "@/server/domain/rollout/assignment";
import { exposureOf, type Exposure } from "@/server/domain/rollout/steps";
import { findAlias, type AliasKey } from "@/server/store/control/aliases";
import type { ControlReader } from "@/server/store/control/database";
import { findPolicy } from "@/server/store/control/policies";
import { findLiveRollout, type RolloutRow } from "@/server/store/control/rollouts";

export const AssignmentView = z.object({
  track: z.enum(["control", "canary"]),
  releaseId: z.string(),
  /** 0–99. */
  bucket: z.number().int(),
  /** Share of subjects that the candidate serves now, 0–100. */
  percentage: z.number(),
  /** The live rollout, if any. */
  rolloutId: z.string().nullable(),
  /** The alias's revision. */
  revision: z.number().int(),
  /** While the rollout shadows: send a copy to this release when `sampled`. */
  shadow: z.object({ releaseId: z.string(), percentage: z.number(), sampled: z.boolean() }).nullable(),
});
export type AssignmentView = z.input<typeof AssignmentView>;

/** How an alias is served to everyone: what an assignment adds the subject to. */
export interface AliasServing {
  releaseId: string;
  revision: number;
  rollout: { id: string; candidateId: string; exposure: Exposure } | undefined;
}

/** @throws DomainError `not_found` while the alias points nowhere. */
export function aliasServing(control: ControlReader, key: AliasKey): AliasServing {
  const alias = findAlias(control, key);
  if (alias === undefined) throw notFound("alias", `${key.alias} of application ${key.application}`);
  const rollout = findLiveRollout(control, key);
  const { releaseId, revision } = alias;
  if (rollout === undefined) return { releaseId, revision, rollout: undefined };
  const { id, candidateId } = rollout;
  return {
    releaseId,
    revision,
    rollout: { id, candidateId, exposure: exposureOf(policyOf(control, rollout), rollout) },
  };
}

/** The subject's part in what the alias serves. */
export function assignSubject(serving: AliasServing, subject: string): AssignmentView {
  const { releaseId, revision, rollout } = serving;
  const unassigned = { track: "control", releaseId, bucket: subjectBucket(subject), percentage: 0, revision } as const;
  if (rollout === undefined) return { ...unassigned, rolloutId: null, shadow: null };
  const { exposure, candidateId, id: rolloutId } = rollout;
  const chosen = assignTrack({ subject, percentage: exposure.percentage, holdback: exposure.holdback });
  if (exposure.track === "canary") {
    const candidate = chosen.track === "canary" ? { track: chosen.track, releaseId: candidateId } : {};
    return { ...unassigned, ...candidate, percentage: exposure.percentage, rolloutId, shadow: null };
  }
  if (exposure.track === "none") return { ...unassigned, rolloutId, shadow: null };
  const shadow = {
    releaseId: candidateId,
    percentage: exposure.percentage,
    sampled: chosen.track === "canary",
  };
  return { ...unassigned, rolloutId, shadow };
}

function policyOf(control: ControlReader, rollout: RolloutRow): Policy {
  const row = findPolicy(control, { name: rollout.policyName, version: rollout.policyVersion });
  if (row === undefined) throw notFound("policy", `${rollout.policyName}@${rollout.policyVersion}`);
  return parsePolicy(row.document, PolicyName.parse(row.name));
}
