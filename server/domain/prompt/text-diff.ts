/** Differences between two texts, line by line and, within changed lines, word by word. */

import { z } from "zod";

export const Part = z.object({ kind: z.enum(["same", "added", "removed"]), text: z.string() });
export type Part = z.output<typeof Part>;

/** One line of a difference; `words` where a removed line has an added counterpart. */
export const DiffLine = Part.extend({ words: z.array(Part).optional() });
export type DiffLine = z.output<typeof DiffLine>;

/** Beyond this many cells a middle part is shown as replaced as a whole. */
const MOST_CELLS = 4_000_000;

/** The lines of both texts in reading order: removed ones before the added ones that replace them. */
export function diffLines(from: string, to: string): DiffLine[] {
  const parts = diffSequences(linesOf(from), linesOf(to));
  const result: DiffLine[] = [];
  for (let index = 0; index < parts.length;) {
    const removed = run(parts, index, "removed");
    const added = run(parts, index + removed.length, "added");
    if (removed.length + added.length === 0) {
      const same = parts[index];
      if (same !== undefined) result.push(same);
      index += 1;
      continue;
    }
    result.push(...pairWords(removed, added));
    index += removed.length + added.length;
  }
  return result;
}

function linesOf(text: string): string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function run(parts: readonly Part[], start: number, kind: Part["kind"]): Part[] {
  const end = parts.findIndex((part, index) => index >= start && part.kind !== kind);
  return parts.slice(start, end === -1 ? undefined : end);
}

/** The n-th removed line and the n-th added line are counterparts: their words are compared. */
function pairWords(removed: readonly Part[], added: readonly Part[]): DiffLine[] {
  const words = removed.map((line, index) => {
    const counterpart = added[index];
    return counterpart === undefined ? undefined : diffSequences(wordsOf(line.text), wordsOf(counterpart.text));
  });
  const withWords = (line: Part, index: number): DiffLine => {
    const own = words[index]?.filter((part) => part.kind === "same" || part.kind === line.kind);
    return own === undefined ? line : { ...line, words: own };
  };
  return [...removed.map(withWords), ...added.map(withWords)];
}

function wordsOf(line: string): string[] {
  return line.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];
}

/** The shortest edit from one sequence to the other (longest common subsequence), removals before additions. */
export function diffSequences(from: readonly string[], to: readonly string[]): Part[] {
  let start = 0;
  while (start < from.length && start < to.length && from[start] === to[start]) start++;
  let tail = 0;
  while (tail < Math.min(from.length, to.length) - start && from.at(-1 - tail) === to.at(-1 - tail)) tail++;
  const same = (text: string): Part => ({ kind: "same", text });
  return [
    ...from.slice(0, start).map(same),
    ...diffMiddle(from.slice(start, from.length - tail), to.slice(start, to.length - tail)),
    ...from.slice(from.length - tail).map(same),
  ];
}

function diffMiddle(from: readonly string[], to: readonly string[]): Part[] {
  const removed = (text: string): Part => ({ kind: "removed", text });
  const added = (text: string): Part => ({ kind: "added", text });
  if (from.length * to.length > MOST_CELLS || from.length === 0 || to.length === 0) {
    return [...from.map(removed), ...to.map(added)];
  }
  const lengths = commonLengths(from, to);
  const width = to.length + 1;
  const parts: Part[] = [];
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    const [left, right] = [from[i], to[j]];
    if (left !== undefined && left === right) {
      parts.push({ kind: "same", text: left });
      i++;
      j++;
    } else if (
      right === undefined ||
      (left !== undefined && longest(lengths, (i + 1) * width + j) >= longest(lengths, i * width + j + 1))
    ) {
      parts.push(removed(left ?? ""));
      i++;
    } else {
      parts.push(added(right));
      j++;
    }
  }
  return parts;
}

/** `lengths[i * (to.length + 1) + j]`: the longest common subsequence of what follows `from[i]` and `to[j]`. */
function commonLengths(from: readonly string[], to: readonly string[]): Uint32Array {
  const width = to.length + 1;
  const lengths = new Uint32Array((from.length + 1) * width);
  for (let i = from.length - 1; i >= 0; i--) {
    for (let j = to.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        from[i] === to[j]
          ? longest(lengths, (i + 1) * width + j + 1) + 1
          : Math.max(longest(lengths, (i + 1) * width + j), longest(lengths, i * width + j + 1));
    }
  }
  return lengths;
}

function longest(lengths: Uint32Array, index: number): number {
  return lengths[index] ?? 0;
}
