/** How an alias stands to git, in one sentence. */
import type { AliasRow } from "@/server/store/control/aliases";
import type { GitAliasRow } from "@/server/store/control/gitops";
import type { RolloutRow } from "@/server/store/control/rollouts";
import { lengthWords } from "@/server/domain/words/time-words";

/** `Git declares f91be2a454 on production, 698df6d7ad runs since 12 min: it was rolled back …` */
export function driftWords(facts: {
  row: GitAliasRow;
  running: AliasRow | undefined;
  live: RolloutRow | undefined;
  nowMs: number;
}): string {
  const { row, running, live, nowMs } = facts;
  const { alias, reference, releaseId, latched } = row;
  const declared = `Git declares ${releaseId === null || releaseId === reference ? reference : `${reference} (${releaseId})`} on ${alias}`;
  const runs = running === undefined ? "nothing runs yet" : `${running.releaseId} runs`;
  const age = lengthWords(nowMs - row.stateSinceMs);
  switch (row.state) {
    case "in_sync":
      return `${alias} runs what git declares: ${reference}.`;
    case "git_unreachable":
      return `${alias} runs what git declared when it last answered: ${reference}.`;
    case "unknown_release":
      return `${declared}, which nobody knows; ${runs}. So for ${age}.`;
    case "behind_git":
      return live === undefined
        ? `${declared}, ${runs}: it waits to be applied for ${age}.`
        : `${declared}, ${runs}: rollout ${live.id} is ${live.state}.`;
    case "ahead_of_git": {
      const hold = latched ? "the declared release is held back until git agrees" : "it was moved outside git";
      return `${declared}, ${runs} for ${age}: ${hold}.`;
    }
  }
}
