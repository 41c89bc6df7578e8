/** An incident in one sentence: what happened, what was already done, what is left to do. */
import type { AliasMoveRow } from "@/server/store/control/aliases";
import type { IncidentRow } from "@/server/store/control/incidents";
import { moveWords } from "./alias-move-view";
import { clockWords } from "./time-words";

/** @param move the alias move that answered the incident, if there was one. */
export function incidentSentence(
  incident: IncidentRow,
  { move, nowMs }: { move: AliasMoveRow | undefined; nowMs: number },
): string {
  const parts = [incident.title.replace(/[.;\s]+$/, "")];
  if (move !== undefined) parts.push(moveWords(move, nowMs));
  if (incident.drainedAtMs !== null) parts.push(`traffic had drained by ${clockWords(incident.drainedAtMs, nowMs)}`);
  parts.push(statusWords(incident, nowMs));
  return `${parts.join("; ")}.`;
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
