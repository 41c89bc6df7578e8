/** How generated lines are written: one statement, one line, its citations behind it. */
import { escapeInline } from "@/server/domain/markdown/inline";
import { toRfc3339 } from "@/server/domain/time";
import { capitalised, withStop } from "@/server/domain/words/sentence";
import { marks, type Citation } from "./citation";

/** A statement with what it rests on. */
export interface Statement {
  readonly text: string;
  readonly cites: readonly Citation[];
}

/** `text` is plain: whatever it holds cannot become markup. */
export function bullet({ text, cites }: Statement): string {
  return `- ${sentence(text)}${marks(cites)}`;
}

/** `label` is our own word, written bold. */
export function labelled(label: string, { text, cites }: Statement): string {
  return `- **${label}.** ${sentence(text)}${marks(cites)}`;
}

/** A sentence that begins with an id keeps the id's spelling. */
function sentence(text: string): string {
  return escapeInline(withStop(/^[0-9a-f]{10}\b/.test(text) ? text : capitalised(text)));
}

/** A table whose rows carry their citations in the last cell. */
export function citedTable(
  head: readonly string[],
  rows: readonly { readonly cells: readonly string[]; readonly cites: readonly Citation[] }[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line([...head, "Evidence"]),
    line([...head, ""].map(() => "---")),
    ...rows.map(({ cells, cites }) => line([...cells.map(escapeInline), marks(cites)])),
  ].join("\n");
}

/** `2026-04-12 03:52:04`: in a column that says UTC. */
export function utc(ms: number): string {
  return toRfc3339(ms).slice(0, 19).replace("T", " ");
}

/** `2026-04-12 03:52:04 UTC`: in a sentence; a document is read on other days. */
export function utcWords(ms: number): string {
  return `${utc(ms)} UTC`;
}
