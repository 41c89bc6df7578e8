/** A release's state in one word, from what points at it, what rolls it out, and how that ended. */
import { listAliases, listReleaseMarks } from "@/server/store/control/aliases";
import { listRollouts, type RolloutRow } from "@/server/store/control/rollouts";
import type { ReadDeps } from "./deps";
import type { ReleaseListItem } from "./release-view";

type ReleaseState = ReleaseListItem["state"];

/** Rollouts of one release looked at. */
const ROLLOUTS = 50;

/** What is known of a release's standing. */
export interface Standing {
  readonly state: ReleaseState;
  /** Aliases that point at it. */
  readonly aliases: string[];
  /** As candidate, newest first. */
  readonly rollouts: readonly RolloutRow[];
}

/** A reader of standings within one application: what holds for all releases is read once. */
export function standings({ control }: ReadDeps, application: string): (releaseId: string) => Standing {
  const aliases = listAliases(control, application);
  // The newest mark of a release on an alias holds.
  const marks = new Map(
    listReleaseMarks(control, { application }).map(({ releaseId, alias, mark }) => [`${releaseId} ${alias}`, mark]),
  );
  return (releaseId) => {
    const own = aliases.filter((row) => row.releaseId === releaseId).map(({ alias }) => alias);
    const { items } = listRollouts(control, { application, candidateId: releaseId, limit: ROLLOUTS });
    const isBad = [...marks].some(([key, mark]) => mark === "bad" && key.startsWith(`${releaseId} `));
    return { state: stateOf({ aliases: own, rollouts: items, isBad }), aliases: own, rollouts: items };
  };
}

/** What is true now comes first: serving, then in flight, then how the newest rollout ended. */
function stateOf(facts: { aliases: readonly string[]; rollouts: readonly RolloutRow[]; isBad: boolean }): ReleaseState {
  const { aliases, rollouts, isBad } = facts;
  if (aliases.length > 0) return "serving";
  if (rollouts.some((row) => row.endedAtMs === null)) return "in_flight";
  const ended = rollouts[0]?.state;
  if (isBad || ended === "rolled_back") return "rolled_back";
  return ended === "rejected" || ended === "promoted" ? ended : "registered";
}
