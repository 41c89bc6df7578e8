/** What of git needs a person: an alias that was moved outside it, a release that nobody knows, a commit not written. */
import { countWords } from "@/server/domain/words/count-words";
import { findAlias } from "@/server/store/control/aliases";
import { listGitAliases } from "@/server/store/control/gitops";
import { listPendingTargets } from "@/server/store/control/outbox";
import { findLiveRollout } from "@/server/store/control/rollouts";
import type { ReadDeps } from "./deps";
import { driftWords } from "./git-drift-words";
import { links } from "./links";
import type { OverviewView } from "./overview-view";

type Need = OverviewView["needsAPerson"][number];

/** Drift that waits for a rollout or an apply needs nobody; a write-back that fails is told with its reason. */
export function gitNeeds(deps: ReadDeps, application: string): Need[] {
  return [...drifting(deps, application), ...unwritten(deps, application)];
}

function drifting({ control, nowMs }: ReadDeps, application: string): Need[] {
  return listGitAliases(control, application)
    .filter(({ state }) => state === "ahead_of_git" || state === "unknown_release")
    .map((row) => ({
      kind: "drift",
      sentence: driftWords({ row, running: findAlias(control, row), live: findLiveRollout(control, row), nowMs }),
      href: links.drift(application),
      at: row.stateSinceMs,
    }));
}

function unwritten({ control, nowMs }: ReadDeps, application: string): Need[] {
  return listPendingTargets(control)
    .filter(({ target, lastError }) => target === `git:${application}` && lastError !== null)
    .map(({ waiting, oldestAtMs, lastError }) => ({
      kind: "drift",
      sentence: `Git has not been told of ${countWords(waiting, "change")}: ${lastError ?? ""}.`,
      href: links.drift(application),
      at: oldestAtMs ?? nowMs,
    }));
}
