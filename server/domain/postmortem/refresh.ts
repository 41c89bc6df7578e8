/** A saved postmortem beside what the record says now: what people wrote stays, what nobody touched follows the record. */
import { SECTION_IDS, textsById, type SectionText } from "./sections";

/** A section as it is shown and edited. */
export interface CurrentSection extends SectionText {
  /** Nobody has changed what the generator wrote. */
  readonly generated: boolean;
  /** What the generator would write now, where a person's text keeps it out and it is not what it was then. */
  readonly newer: string | null;
}

/** What was saved: people's text, and what the generator had written when they saved. */
export interface SavedSections {
  readonly sections: readonly SectionText[];
  readonly generated: readonly SectionText[];
}

/**
 * Every section in order.
 *
 * @param saved undefined before the first version.
 * @param frozen shows what was saved as it is, also where nobody touched it: a published version does not move.
 */
export function refreshed(
  saved: SavedSections | undefined,
  { draft, frozen }: { draft: readonly SectionText[]; frozen: boolean },
): CurrentSection[] {
  const drafted = textsById(draft);
  const own = textsById(saved?.sections ?? []);
  const then = textsById(saved?.generated ?? []);
  return SECTION_IDS.map((id) => {
    const now = drafted.get(id) ?? "";
    const kept = own.get(id);
    if (kept === undefined) return { id, markdown: now, generated: true, newer: null };
    const untouched = kept === (then.get(id) ?? "");
    if (untouched) return { id, markdown: frozen ? kept : now, generated: true, newer: null };
    return { id, markdown: kept, generated: false, newer: now === (then.get(id) ?? "") ? null : now };
  });
}
