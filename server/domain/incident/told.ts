/**
 * The record of an incident never changes; the story may. What a person wrote keeps its entry when it is corrected, or
 * when it is about another time than the one it was written at, and beside it stands how the story tells it.
 */
import { z } from "zod";

/** Kept with a note that is about an earlier time: epoch ms. */
const NoteAbout = z.object({ atMs: z.number().int() });

/** Kept with a correction, whose text is the whole of the new one: the entry it corrects, and the time that is about. */
export const Correction = z.object({ corrects: z.number().int(), atMs: z.number().int() });

/** A timeline entry as far as its telling depends on it; `atMs` is when it was written. */
export interface Written {
  readonly id: number;
  readonly kind: string;
  readonly atMs: number;
  readonly text: string;
  readonly data: unknown;
}

/** How the story tells an entry, and the entry that says so: a correction, or itself. */
export interface Telling<Entry extends Written> {
  readonly atMs: number;
  readonly text: string;
  readonly by: Entry;
}

/** What people write, and so may correct: notes, and what they say of a pin. */
export function isPersonal({ kind }: Pick<Written, "kind">): boolean {
  return kind === "note" || kind === "pin";
}

/**
 * How the story tells `entry`; the newest correction counts.
 *
 * @param timeline the incident's entries in the order in which they were written.
 */
export function tellingOf<Entry extends Written>(entry: Entry, timeline: readonly Entry[]): Telling<Entry> {
  const by = timeline.findLast(({ kind, data }) => {
    return kind === "correction" && Correction.safeParse(data).data?.corrects === entry.id;
  });
  if (by !== undefined) return { atMs: Correction.parse(by.data).atMs, text: by.text, by };
  const about = entry.kind === "note" ? NoteAbout.safeParse(entry.data).data : undefined;
  return { atMs: about?.atMs ?? entry.atMs, text: entry.text, by: entry };
}

/** An entry as it is shown; instants are epoch ms, or RFC 3339 beyond the edge. */
interface Shown {
  readonly kind: string;
  readonly at: number | string;
  readonly text: string;
  readonly auditSeq: number | null;
  readonly told?: Pick<Shown, "at" | "text" | "auditSeq"> | undefined;
}

/**
 * The story's side of a timeline, oldest first: notes as they are told, at the time they are about, without the
 * corrections that made them so.
 */
export function asTold<Entry extends Shown>(timeline: readonly Entry[]): Entry[] {
  return timeline
    .filter(({ kind }) => kind !== "correction")
    .map((entry) => {
      if (entry.told === undefined) return entry;
      const { at, text, auditSeq } = entry.told;
      return { ...entry, at, text, auditSeq };
    })
    .toSorted((left, right) => msOf(left) - msOf(right));
}

function msOf({ at }: Shown): number {
  return typeof at === "number" ? at : Date.parse(at);
}
