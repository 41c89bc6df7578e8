/** Which alias, ledger row and rollout put a request's release in front of it. */
import { exposureOf } from "@/server/domain/rollout/steps";
import { policyOf } from "@/server/control/rollout-core";
import { findMoveAt, listAliases, type AliasMoveRow } from "@/server/store/control/aliases";
import { listRollouts, listTransitions, type RolloutRow } from "@/server/store/control/rollouts";
import type { StoredRequest } from "@/server/store/stored-request";
import type { ReadDeps } from "./deps";

/** Rollouts of one candidate looked at; more of one release is no longer a rollout but a habit. */
const ROLLOUTS = 50;

export interface RequestOrigin {
  /** The alias through which the release was reached; undefined when the application has none. */
  readonly alias: string | undefined;
  /** The ledger row in force at the request's time. */
  readonly move: AliasMoveRow | undefined;
  /** The rollout that was under way, else the one that let the release in. */
  readonly rollout: RolloutRow | undefined;
}

/** As the ledger stood at the request's time; later moves change nothing. */
export function requestOrigin({ control }: ReadDeps, request: StoredRequest): RequestOrigin {
  const { application, timeMs, releaseId } = request;
  const rollout = releaseId === null ? undefined : rolloutOf(control, { application, releaseId, atMs: timeMs });
  const aliases = listAliases(control, application).map(({ alias }) => alias);
  const moves = new Map(aliases.map((alias) => [alias, findMoveAt(control, { application, alias, atMs: timeMs })]));
  const pointing = aliases.filter((alias) => moves.get(alias)?.toReleaseId === releaseId);
  const alias = rollout?.alias ?? mainOf(pointing) ?? mainOf(aliases);
  return { alias, move: alias === undefined ? undefined : moves.get(alias), rollout };
}

/** `production` where it is among them, else the first. */
function mainOf(aliases: readonly string[]): string | undefined {
  return aliases.includes("production") ? "production" : aliases[0];
}

function rolloutOf(
  control: ReadDeps["control"],
  { application, releaseId, atMs }: { application: string; releaseId: string; atMs: number },
): RolloutRow | undefined {
  const { items } = listRollouts(control, { application, candidateId: releaseId, limit: ROLLOUTS });
  const begun = items.filter((row) => row.startedAtMs <= atMs);
  const live = begun.find((row) => row.endedAtMs === null || row.endedAtMs > atMs);
  return live ?? begun.find((row) => row.state === "promoted") ?? begun[0];
}

/** 0–100 of subjects that the candidate got at the time; undefined when the rollout was not serving it. */
export function percentageThen(
  control: ReadDeps["control"],
  { rollout, atMs }: { rollout: RolloutRow; atMs: number },
): number | undefined {
  const then = listTransitions(control, rollout.id).findLast((one) => one.atMs <= atMs);
  if (then === undefined) return undefined;
  // The transition table writes states of the vocabulary only.
  const state = then.toState as RolloutRow["state"];
  const pausedFrom = state === "paused" ? (then.fromState as RolloutRow["state"]) : null;
  const { track, percentage, holdback } = exposureOf(policyOf(control, rollout), {
    state,
    pausedFrom,
    stepIndex: then.stepIndex,
  });
  return track === "none" ? undefined : percentage - holdback;
}
