/** Which release serves a subject: by the subject's hash and the live rollout alone, so that every instance agrees. */
import { z } from "zod";
import { notFound } from "@/server/domain/errors";
import { AliasName, ApplicationId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { assignTrack } from "@/server/domain/rollout/assignment";
import { exposureOf, type Exposure } from "@/server/domain/rollout/steps";
import { findAlias } from "@/server/store/control/aliases";
import type { ControlReader } from "@/server/store/control/database";
import { findLiveRollout, type RolloutRow } from "@/server/store/control/rollouts";
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
  db: ControlReader,
  { application, subject, alias = "production" }: { application: string; subject: string; alias?: string },
): FindAssignmentOutput {
  const controlId = findAlias(db, { application, alias })?.releaseId;
  const rollout = findLiveRollout(db, { application, alias });
  const exposure = rollout === undefined ? NO_EXPOSURE : exposureOf(policyOf(db, rollout), rollout);
  const served = servedShare(exposure, { isFirst: controlId === undefined });
  const { track, bucket } = assignTrack({ subject, ...served });
  const releaseId = track === "canary" ? rollout?.candidateId : controlId;
  if (releaseId === undefined) throw notFound("release on alias", `${alias} of ${application}`);
  const { percentage } = served;
  return { track, releaseId, bucket, percentage, rolloutId: rollout?.id ?? null, shadow: shadowOf(exposure, rollout) };
}

const NO_EXPOSURE: Exposure = { track: "none", percentage: 0, holdback: 0 };

function servedShare(exposure: Exposure, { isFirst }: { isFirst: boolean }): { percentage: number; holdback: number } {
  if (exposure.track !== "canary") return { percentage: 0, holdback: 0 };
  return isFirst ? { percentage: 100, holdback: 0 } : { percentage: exposure.percentage, holdback: exposure.holdback };
}

function shadowOf(exposure: Exposure, rollout: RolloutRow | undefined): FindAssignmentOutput["shadow"] {
  if (rollout === undefined || exposure.track !== "shadow") return null;
  return { releaseId: rollout.candidateId, percentage: exposure.percentage };
}
