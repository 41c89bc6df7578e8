/** A person's unsaved text beside what the server has: what differs, and what somebody else saved meanwhile. Pure. */
import type { Postmortem } from "@/components/data/outputs";

type Section = Postmortem["sections"][number];
export type SectionId = Section["id"];

/** Unsaved text, section by section, and the version it was written on. */
export interface Edits {
  readonly baseVersion: number;
  /** What the sections said when the reader began to write. */
  readonly base: ReadonlyMap<SectionId, string>;
  readonly texts: ReadonlyMap<SectionId, string>;
}

function noEdits(postmortem: Postmortem): Edits {
  return {
    baseVersion: postmortem.version,
    base: new Map(postmortem.sections.map(({ id, markdown }) => [id, markdown])),
    texts: new Map(),
  };
}

/** With one section's text; undefined gives it up. While nothing is unsaved, the base follows the server. */
export function withText(
  { postmortem, edits }: { postmortem: Postmortem; edits: Edits | null },
  change: { id: SectionId; text: string | undefined },
): Edits | null {
  const from = edits ?? noEdits(postmortem);
  const texts = new Map(from.texts);
  if (change.text === undefined) texts.delete(change.id);
  else texts.set(change.id, change.text);
  return texts.size === 0 ? null : { ...from, texts };
}

/** Sections whose text really differs from the one that was read. */
export function changedSections({ base, texts }: Edits): { id: SectionId; markdown: string }[] {
  return [...texts].flatMap(([id, markdown]) => (markdown === base.get(id) ? [] : [{ id, markdown }]));
}

/** Sections that somebody else saved differently since this text was begun, and that this text changes too. */
export function clashes(postmortem: Postmortem, edits: Edits): { section: Section; mine: string }[] {
  if (postmortem.version === edits.baseVersion) return [];
  return postmortem.sections.flatMap((section) => {
    const mine = edits.texts.get(section.id);
    const theirsMoved = section.markdown !== edits.base.get(section.id);
    return mine === undefined || !theirsMoved || mine === section.markdown ? [] : [{ section, mine }];
  });
}

/** The same text, on the version that is there now: after the reader has seen what else was saved. */
export function rebased(postmortem: Postmortem, edits: Edits): Edits {
  return { ...noEdits(postmortem), texts: edits.texts };
}
