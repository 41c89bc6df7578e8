/** An incident in one sentence: what happened, what was already done, what is left to do. */
import type { AliasMoveRow } from "@/server/store/control/aliases";
import type { IncidentRow } from "@/server/store/control/incidents";
import { moveWords } from "./alias-move-view";
import { withoutStop } from "@/server/domain/words/sentence";
import { clockWords } from "@/server/domain/words/time-words";

/** @param move the alias move that answered the incident, if there was one. */
export function incidentSentence(
  incident: IncidentRow,
  { move, nowMs }: { move: AliasMoveRow | undefined; nowMs: number },
): string {
  const drained =
    incident.drainedAtMs === null ? [] : [`traffic had drained by ${clockWords(incident.drainedAtMs, nowMs)}`];
  return `${[...whatHappened(incident, { move, nowMs }), ...drained, statusWords(incident, nowMs)].join("; ")}.`;
}

/** The title of an incident that a rollback opened repeats the move, so the move is said with its reason instead. */
function whatHappened(
  incident: IncidentRow,
  { move, nowMs }: { move: AliasMoveRow | undefined; nowMs: number },
): string[] {
  if (move === undefined) return [withoutStop(incident.title)];
  const moved = moveWords(move, nowMs);
  const byRollback = incident.cause === "decision" || incident.cause === "rollback";
  return byRollback ? [`${moved}: ${withoutStop(move.reason)}`] : [withoutStop(incident.title), moved];
}

function statusWords({ status, mitigatedAtMs, resolvedAtMs }: IncidentRow, nowMs: number): string {
  switch (status) {
    case "open":
      return "open";
    case "mitigated":
      return `mitigated${mitigatedAtMs === null ? "" : ` since ${clockWords(mitigatedAtMs, nowMs)}`}, not yet resolved`;
    case "resolved":
      return `resolved${resolvedAtMs === null ? "" : ` at ${clockWords(resolvedAtMs, nowMs)}`}`;
  }
}
