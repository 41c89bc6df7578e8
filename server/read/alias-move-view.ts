/** One move of an alias as answers show it. */
import type { AliasMoveRow } from "@/server/store/control/aliases";
import { actorOf } from "./actor";
import type { AliasMove } from "./common-view";
import { clockWords } from "@/server/domain/words/time-words";

/** The ledger's row in the words of the contract. */
export function aliasMoveView(row: AliasMoveRow): AliasMove {
  return {
    alias: row.alias,
    revision: row.revision,
    fromReleaseId: row.fromReleaseId,
    toReleaseId: row.toReleaseId,
    at: row.atMs,
    actor: actorOf(row),
    cause: row.cause,
    reason: row.reason,
    rolloutId: row.rolloutId,
    incidentId: row.incidentId,
  };
}

const CAUSE_WORDS: Readonly<Record<AliasMoveRow["cause"], string>> = {
  promotion: "was promoted",
  rollback: "was rolled back",
  break_glass: "was moved outside git",
  reconcile: "was moved by git",
  registry_sync: "was moved by the registry",
  manual: "was moved",
};

/** `production was rolled back from a0e277e29c to 5b9cb7f87c by policy at 03:52:04 UTC`: no full stop. */
export function moveWords(row: AliasMoveRow, nowMs: number): string {
  const from = row.fromReleaseId === null ? "" : ` from ${row.fromReleaseId}`;
  const by = row.actorKind === "controller" ? "automatically" : `by ${row.actorName}`;
  return `${row.alias} ${CAUSE_WORDS[row.cause]}${from} to ${row.toReleaseId} ${by} at ${clockWords(row.atMs, nowMs)}`;
}
