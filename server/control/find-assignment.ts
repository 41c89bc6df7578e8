/** Which release serves a subject: by the subject's hash and the live rollout alone, so that every instance agrees. */
import { z } from "zod";
import { notFound } from "@/server/domain/errors";
import { AliasName, ApplicationId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { assignTrack } from "@/server/domain/rollout/assignment";
import type { Policy } from "@/server/domain/policy/policy";
import { exposureOf, type Exposure, type Position } from "@/server/domain/rollout/steps";
import type { ControlDatabase } from "@/server/store/control/database";
import { findServing, type Serving } from "@/server/store/control/serving";
import { policyOf } from "./rollout-core";

export const FindAssignmentInput = closedObject({
  application: ApplicationId,
  /** Whoever is to be served alike every time: a user, a conversation. Hashed here, never kept. */
  subject: z.string().min(1, "a subject is needed, e.g. a user's or a conversation's id").max(512),
  alias: AliasName.default(AliasName.parse("production")),
});
export type FindAssignmentInput = z.input<typeof FindAssignmentInput>;

export const FindAssignmentOutput = z.object({
  track: z.enum(["control", "canary"]),
  releaseId: z.string(),
  /** 0–99. */
  bucket: z.number().int(),
  /** 0–100 of subjects on the candidate. */
  percentage: z.number(),
  rolloutId: z.string().nullable(),
  /** The release that should also answer, unseen, this percentage of requests; null outside shadow steps. */
  shadow: z.object({ releaseId: z.string(), percentage: z.number() }).nullable(),
});
export type FindAssignmentOutput = z.output<typeof FindAssignmentOutput>;

/**
 * A paused rollout keeps its percentage, so nobody changes sides by a pause. Where the alias serves nothing yet, the
 * candidate of its first rollout serves everybody.
 *
 * @throws DomainError `not_found` when nothing serves.
 */
export function findAssignment(
  db: ControlDatabase,
  { application, subject, alias = "production" }: { application: string; subject: string; alias?: string },
): FindAssignmentOutput {
  const serving = findServing(db, { application, alias });
  const rollout = serving === undefined ? undefined : liveRolloutOf(serving);
  const exposure = rollout === undefined ? NO_EXPOSURE : exposureOf(policyFor(db, rollout), rollout);
  const controlId = serving?.releaseId ?? undefined;
  const served = servedShare(exposure, { isFirst: controlId === undefined });
  const { track, bucket } = assignTrack({ subject, ...served });
  const releaseId = track === "canary" ? rollout?.candidateId : controlId;
  if (releaseId === undefined) throw notFound("release on alias", `${alias} of ${application}`);
  const { percentage } = served;
  return { track, releaseId, bucket, percentage, rolloutId: rollout?.id ?? null, shadow: shadowOf(exposure, rollout) };
}

type LiveRollout = Position & { id: string; candidateId: string; policyName: string; policyVersion: number };

/** A row of the join either has all of a rollout's columns or none. */
function liveRolloutOf(serving: Serving): LiveRollout | undefined {
  const { rolloutId: id, candidateId, state, pausedFrom, stepIndex, policyName, policyVersion } = serving;
  if (id === null || candidateId === null || state === null || stepIndex === null) return undefined;
  if (policyName === null || policyVersion === null) return undefined;
  return { id, candidateId, state, pausedFrom, stepIndex, policyName, policyVersion };
}

/** Policies by database and version: a stored version never changes, and gateways ask for every request. */
const policies = new WeakMap<ControlDatabase, Map<string, Policy>>();

function policyFor(db: ControlDatabase, rollout: LiveRollout): Policy {
  const known = policies.get(db) ?? new Map<string, Policy>();
  policies.set(db, known);
  const key = `${rollout.policyName}@${rollout.policyVersion}`;
  const policy = known.get(key) ?? policyOf(db, rollout);
  known.set(key, policy);
  return policy;
}

const NO_EXPOSURE: Exposure = { track: "none", percentage: 0, holdback: 0 };

function servedShare(exposure: Exposure, { isFirst }: { isFirst: boolean }): { percentage: number; holdback: number } {
  if (exposure.track !== "canary") return { percentage: 0, holdback: 0 };
  return isFirst ? { percentage: 100, holdback: 0 } : { percentage: exposure.percentage, holdback: exposure.holdback };
}

function shadowOf(exposure: Exposure, rollout: LiveRollout | undefined): FindAssignmentOutput["shadow"] {
  if (rollout === undefined || exposure.track !== "shadow") return null;
  return { releaseId: rollout.candidateId, percentage: exposure.percentage };
}
