/** What people's and the controller's answers to a rollout take and give back. */
import { z } from "zod";
import { closedObject } from "@/server/domain/input";
import { ROLLOUT_STATES } from "@/server/domain/vocabulary";
import type { RolloutRow } from "@/server/store/control/rollouts";
import { Reason } from "./perform";

/** What every answer to a rollout takes. */
export const RolloutActionInput = closedObject({
  rolloutId: z.string(),
  reason: Reason,
  /** Compare-and-set: the rollout's revision when the caller decided. */
  expectedRevision: z.number().int().optional(),
});

/** What every answer to a rollout gives back. */
export const RolloutActionOutput = z.object({
  id: z.string(),
  state: z.enum(ROLLOUT_STATES),
  stepIndex: z.number().int(),
  revision: z.number().int(),
});
export type RolloutActionOutput = z.output<typeof RolloutActionOutput>;

/** The rollout as an answer shows it. */
export function actionResult({ id, state, stepIndex, revision }: RolloutRow): RolloutActionOutput {
  return { id, state, stepIndex, revision };
}
