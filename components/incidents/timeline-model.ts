/** Which entries of a timeline belong to the story, which a reader has filtered away, and where silences lie. Pure. */
import type { IncidentDetail } from "@/components/data/outputs";
import { asTold } from "@/server/domain/incident/told";

export type TimelineEntry = IncidentDetail["timeline"][number];

/** Filters of the record: each kind of entry belongs to one. */
export const RECORD_FILTERS = ["all", "acts", "decisions", "people", "signals"] as const;
export type RecordFilter = (typeof RECORD_FILTERS)[number];

const FILTER_OF: Readonly<Record<TimelineEntry["kind"], Exclude<RecordFilter, "all">>> = {
  opened: "acts",
  alias_move: "acts",
  status: "acts",
  git: "acts",
  decision: "decisions",
  pause: "decisions",
  approval: "decisions",
  note: "people",
  correction: "people",
  pin: "people",
  role: "people",
  postmortem: "people",
  alert: "signals",
  drain: "signals",
};

/**
 * The story: what changed the course, what people added, as they tell it by now, and when the traffic had gone. The
 * record has everything as it was written.
 */
const STORY: ReadonlySet<TimelineEntry["kind"]> = new Set<TimelineEntry["kind"]>([
  "opened",
  "alias_move",
  "status",
  "note",
  "pin",
  "role",
  "drain",
  "postmortem",
]);

export function storyOf(entries: readonly TimelineEntry[]): TimelineEntry[] {
  return asTold(entries).filter(({ kind }) => STORY.has(kind));
}

export function filterRecord(entries: readonly TimelineEntry[], filter: RecordFilter): TimelineEntry[] {
  return filter === "all" ? [...entries] : entries.filter(({ kind }) => FILTER_OF[kind] === filter);
}

/** Silences longer than this are written between entries, ms. */
const GAP_MS = 10 * 60_000;

/** Each entry with the silence before it, ms; 0 where it is too short to be said. */
export function withGaps(entries: readonly TimelineEntry[]): { entry: TimelineEntry; gapMs: number }[] {
  return entries.map((entry, index) => {
    const previous = entries[index - 1];
    const gapMs = previous === undefined ? 0 : Date.parse(entry.at) - Date.parse(previous.at);
    return { entry, gapMs: gapMs > GAP_MS ? gapMs : 0 };
  });
}

/** The beginning of a note about an entry, quoted with its instant in UTC. */
export function quoteOf({ at, text, auditSeq }: TimelineEntry): string {
  const source = auditSeq === null ? "" : ` (#${auditSeq})`;
  return `> ${at.slice(11, 19)} UTC${source}: ${text.replaceAll("\n", " ")}\n\n`;
}
