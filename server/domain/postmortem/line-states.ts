/** Which lines of a section the generator wrote, which a person did, and which of those rest on nothing. */
import { citedIds } from "./citation";

/**
 * `generated`: as the record was written down; `edited`: a person's, with evidence; `no_evidence`: a person's without
 * any; `structure`: blank lines, headings and the frame of tables.
 */
export type LineState = "generated" | "edited" | "no_evidence" | "structure";

const STRUCTURE = /^\s*$|^#{1,4}\s|^```|^\s*\|?[\s:|-]+\|?\s*$/;

/**
 * @param generated what the generator wrote for this section when it was saved.
 * @param known ids of the citations there are: a reference to anything else is no evidence.
 */
export function lineStates(
  markdown: string,
  { generated, known }: { generated: string; known: ReadonlySet<string> },
): { text: string; state: LineState }[] {
  const own = new Set(generated.split("\n").map((line) => line.trim()));
  const lines = markdown.split("\n");
  return lines.map((text, index) => {
    if (own.has(text.trim())) return { text, state: text.trim() === "" ? "structure" : "generated" };
    if (STRUCTURE.test(text) || STRUCTURE_ROW.test(lines[index + 1] ?? "")) return { text, state: "structure" };
    return { text, state: citedIds(text).some((id) => known.has(id)) ? "edited" : "no_evidence" };
  });
}

/** The line under a table's head. */
const STRUCTURE_ROW = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)+\|?\s*$/;
