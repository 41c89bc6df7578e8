/**
 * An incident's timeline: what was written to it, and around that the alias moves, changed decisions, answers and moves
 * of its rollout. An act that the incident's own entries tell, known by its audit entry, is not told again.
 */
import { PinnedEvidence } from "@/server/domain/incident/evidence";
import { Correction, isPersonal, tellingOf } from "@/server/domain/incident/told";
import { clockWords } from "@/server/domain/words/time-words";
import { listMovesOfAlias } from "@/server/store/control/aliases";
import { listApprovals, listEvaluations } from "@/server/store/control/evaluations";
import { listIncidentEvents, type IncidentEventRow, type IncidentRow } from "@/server/store/control/incidents";
import { findRollout, listTransitions } from "@/server/store/control/rollouts";
import { actorOf } from "./actor";
import { moveWords } from "./alias-move-view";
import type { ReadDeps } from "./deps";
import { TIMELINE_KINDS, type IncidentDetailView } from "./incident-view";
import { links } from "./links";
import { pinnedEvidenceView } from "./pinned-evidence-view";
import { storedEvaluation } from "./stored-evaluation";

type Entry = IncidentDetailView["timeline"][number];

/** Alias moves this long before detection belong to the story when no rollout tells its beginning. */
const BEFORE_MS = 3_600_000;
/** Changed decisions of a rollout shown at most, newest kept. */
const DECISIONS = 200;

/** Oldest first. */
export function incidentTimeline(deps: ReadDeps, incident: IncidentRow): Entry[] {
  const events = listIncidentEvents(deps.control, incident.id);
  const written = events.map((event) => ({
    ...eventEntry(event, incident),
    ...(isPersonal(event) ? toldParts(event, events) : {}),
    ...(event.kind === "correction" ? { text: correctionWords(event, { events, nowMs: deps.nowMs }) } : {}),
  }));
  const sources = [approvalEntries, transitionEntries, moveEntries] as const;
  const told = [...written];
  for (const source of sources) {
    const seqs = new Set(told.map(({ auditSeq }) => auditSeq));
    told.push(...source(deps, incident).filter(({ auditSeq }) => !seqs.has(auditSeq)));
  }
  // What a decision led to repeats the decision's sentence as its reason.
  const decisions = decisionEntries(deps, incident).filter(
    ({ text }) => !told.some((entry) => entry.text.includes(text)),
  );
  // Of one instant, acts come before what was seen of them.
  const order = ({ auditSeq }: Entry): number => auditSeq ?? Number.MAX_SAFE_INTEGER;
  return [...told, ...decisions].toSorted((a, b) => a.at - b.at || order(a) - order(b));
}

function eventEntry(event: IncidentEventRow, { application, rolloutId }: IncidentRow): Entry {
  const kind = TIMELINE_KINDS.find((known) => known === event.kind) ?? "note";
  const aboutRollout = kind === "decision" || kind === "pause" || kind === "approval";
  return {
    at: event.atMs,
    kind,
    actor: actorOf(event),
    text: event.text,
    href:
      aboutRollout && rolloutId !== null
        ? links.rollout(application, rolloutId)
        : auditLink(application, event.auditSeq),
    auditSeq: event.auditSeq,
    ...(kind === "pin" ? { evidence: pinned(event) } : {}),
  };
}

function toldParts(event: IncidentEventRow, events: readonly IncidentEventRow[]): Pick<Entry, "noteId" | "told"> {
  const { atMs, text, by } = tellingOf(event, events);
  if (by === event && atMs === event.atMs) return { noteId: event.id };
  const told = { at: atMs, text, actor: actorOf(by), writtenAt: by.atMs, auditSeq: by.auditSeq };
  return { noteId: event.id, told };
}

/** `Note of 14:03:02 UTC corrected, about 13:58:00 UTC: called the vendor`. */
function correctionWords(
  event: IncidentEventRow,
  { events, nowMs }: { events: readonly IncidentEventRow[]; nowMs: number },
): string {
  const correction = Correction.safeParse(event.data).data;
  const of = events.find(({ id }) => id === correction?.corrects);
  if (correction === undefined || of === undefined) return event.text;
  const what = of.kind === "pin" ? "Pin" : "Note";
  const about = correction.atMs === of.atMs ? "" : `, about ${clockWords(correction.atMs, nowMs)}`;
  return `${what} of ${clockWords(of.atMs, nowMs)} corrected${about}: ${event.text}`;
}

/** What was pinned, as it was kept; null where an older version kept it in another form. */
function pinned({ data }: IncidentEventRow): Entry["evidence"] {
  const kept = PinnedEvidence.safeParse(data).data;
  return kept === undefined ? null : pinnedEvidenceView(kept);
}

function auditLink(application: string, auditSeq: number | null): string | null {
  return auditSeq === null ? null : links.audit(application, auditSeq);
}

function approvalEntries({ control }: ReadDeps, { application, rolloutId }: IncidentRow): Entry[] {
  if (rolloutId === null) return [];
  return listApprovals(control, { rolloutId }).map((row) => ({
    at: row.atMs,
    kind: "approval",
    actor: actorOf(row),
    text: `${row.actorName} ${row.verdict === "approve" ? "approved" : "rejected"} the rollout: ${row.reason}`,
    href: links.rollout(application, rolloutId),
    auditSeq: row.auditSeq,
  }));
}

function transitionEntries({ control }: ReadDeps, { application, rolloutId }: IncidentRow): Entry[] {
  if (rolloutId === null) return [];
  return listTransitions(control, rolloutId).map((row) => ({
    at: row.atMs,
    kind: row.event === "pause" ? "pause" : "decision",
    actor: actorOf(row),
    text: `Rollout ${row.fromState} → ${row.toState}${row.reason === "" ? "" : `: ${row.reason}`}`,
    href: links.rollout(application, rolloutId),
    auditSeq: row.auditSeq,
  }));
}

/** From the rollout's start, or an hour before detection, until the incident was resolved. */
function moveEntries(deps: ReadDeps, incident: IncidentRow): Entry[] {
  const { application, alias, rolloutId, resolvedAtMs, detectedAtMs, startedAtMs } = incident;
  if (alias === null) return [];
  const rollout = rolloutId === null ? undefined : findRollout(deps.control, rolloutId);
  const fromMs = Math.min(rollout?.startedAtMs ?? Infinity, startedAtMs ?? Infinity, detectedAtMs - BEFORE_MS);
  return listMovesOfAlias(deps.control, { application, alias })
    .filter(({ atMs }) => atMs >= fromMs && atMs <= (resolvedAtMs ?? deps.nowMs))
    .map((move) => ({
      at: move.atMs,
      kind: "alias_move",
      actor: actorOf(move),
      text: `${moveWords(move, deps.nowMs)}: ${move.reason}`,
      href: links.audit(application, move.auditSeq),
      auditSeq: move.auditSeq,
    }));
}

/** Evaluations that decided otherwise than the one before, at the data time they are about. */
function decisionEntries({ control }: ReadDeps, { application, rolloutId }: IncidentRow): Entry[] {
  if (rolloutId === null) return [];
  const { items } = listEvaluations(control, { rolloutId, changedOnly: true, limit: DECISIONS });
  return items.map((row) => ({
    at: row.atMs,
    kind: "decision",
    actor: actorOf({ actorKind: "controller", actorId: "controller", actorName: "controller" }),
    text: storedEvaluation(row).sentence,
    href: links.rollout(application, rolloutId),
    auditSeq: null,
    evaluationId: row.id,
  }));
}
