/**
 * Markdown as blocks: headings, lists, tables, quotes, code, paragraphs. A subset of GitHub's that people write in notes
 * and postmortems; everything else is a paragraph of text.
 */
import { parseInline, type Inline } from "./inline";

/** One line of a list, a table's row or a paragraph, parsed. */
type Line = readonly Inline[];

export type Block =
  | { readonly kind: "heading"; readonly level: 1 | 2 | 3 | 4; readonly content: Line }
  | { readonly kind: "paragraph" | "quote"; readonly content: Line }
  | { readonly kind: "list"; readonly ordered: boolean; readonly items: readonly Line[] }
  | { readonly kind: "table"; readonly head: readonly Line[]; readonly rows: readonly (readonly Line[])[] }
  | { readonly kind: "code"; readonly language: string; readonly text: string };

const HEADING = /^(#{1,4})\s+(.*?)\s*#*$/;
const FENCE = /^```\s*([\w-]*)\s*$/;
const ITEM = /^\s{0,3}(?:([-*+])|\d{1,9}[.)])\s+(.*)$/;
const QUOTE = /^\s{0,3}>\s?(.*)$/;
const DELIMITER = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

/** Parses a whole text. Never fails. */
export function parseMarkdown(source: string): Block[] {
  const lines = source.replaceAll(/\r\n?/g, "\n").split("\n");
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    if ((lines[at] ?? "").trim() === "") {
      at += 1;
      continue;
    }
    const [block, end] = blockAt(lines, at);
    blocks.push(block);
    at = end;
  }
  return blocks;
}

function blockAt(lines: readonly string[], at: number): [Block, number] {
  return fenceAt(lines, at) ?? headingAt(lines, at) ?? tableAt(lines, at) ?? listAt(lines, at) ?? textAt(lines, at);
}

function headingAt(lines: readonly string[], at: number): [Block, number] | undefined {
  const [, marks, text] = HEADING.exec(lines[at] ?? "") ?? [];
  if (marks === undefined || text === undefined) return undefined;
  // The pattern allows one to four.
  const level = marks.length as 1 | 2 | 3 | 4;
  return [{ kind: "heading", level, content: parseInline(text) }, at + 1];
}

/** An unclosed fence goes to the end of the text. */
function fenceAt(lines: readonly string[], at: number): [Block, number] | undefined {
  const [whole, language = ""] = FENCE.exec(lines[at] ?? "") ?? [];
  if (whole === undefined) return undefined;
  const end = runEnd(lines, at + 1, (line) => !/^```\s*$/.test(line));
  return [{ kind: "code", language, text: lines.slice(at + 1, end).join("\n") }, end + 1];
}

function tableAt(lines: readonly string[], at: number): [Block, number] | undefined {
  const head = lines[at] ?? "";
  if (!head.includes("|") || !DELIMITER.test(lines[at + 1] ?? "")) return undefined;
  const columns = cellsOf(head);
  const end = runEnd(lines, at + 2, (line) => line.includes("|"));
  const rows = lines.slice(at + 2, end).map((line) => {
    const cells = cellsOf(line);
    return columns.map((_, index) => parseInline(cells[index] ?? ""));
  });
  return [{ kind: "table", head: columns.map(parseInline), rows }, end];
}

/** Splits at pipes that are not escaped. */
function cellsOf(line: string): string[] {
  const inner = line
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim());
}

function listAt(lines: readonly string[], at: number): [Block, number] | undefined {
  const first = ITEM.exec(lines[at] ?? "");
  if (first === null) return undefined;
  const ordered = first[1] === undefined;
  const isItem = (line: string): boolean => {
    const item = ITEM.exec(line);
    return item !== null && (item[1] === undefined) === ordered;
  };
  const end = runEnd(lines, at, isItem);
  const items = lines.slice(at, end).map((line) => parseInline(ITEM.exec(line)?.[2] ?? ""));
  return [{ kind: "list", ordered, items }, end];
}

function textAt(lines: readonly string[], at: number): [Block, number] {
  const isQuote = (line: string): boolean => QUOTE.test(line);
  const kind = isQuote(lines[at] ?? "") ? "quote" : "paragraph";
  const belongs = (line: string): boolean =>
    line.trim() !== "" && isQuote(line) === (kind === "quote") && !startsBlock(line);
  const end = Math.max(at + 1, runEnd(lines, at, belongs));
  const text = lines.slice(at, end).map((line) => (kind === "quote" ? (QUOTE.exec(line)?.[1] ?? "") : line.trim()));
  return [{ kind, content: parseInline(text.join(" ")) }, end];
}

function startsBlock(line: string): boolean {
  return HEADING.test(line) || FENCE.test(line) || ITEM.test(line);
}

/** The first line from `at` on that does not belong. */
function runEnd(lines: readonly string[], at: number, belongs: (line: string) => boolean): number {
  let end = at;
  while (end < lines.length && belongs(lines[end] ?? "")) end += 1;
  return end;
}
