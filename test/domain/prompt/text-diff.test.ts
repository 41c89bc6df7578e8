import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diffPrompts } from "@/server/domain/prompt/prompt-diff";
import type { PromptFile } from "@/server/domain/prompt/prompt-file";
import { diffLines, diffSequences, type Part } from "@/server/domain/prompt/text-diff";

const side = (parts: readonly Part[], kind: "added" | "removed"): string[] =>
  parts.filter((part) => part.kind === "same" || part.kind === kind).map(({ text }) => text);

describe("diffSequences", () => {
  const sequence = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 14 });

  test("gives back both sides", () => {
    fc.assert(
      fc.property(sequence, sequence, (from, to) => {
        const parts = diffSequences(from, to);
        expect(side(parts, "removed")).toEqual(from);
        expect(side(parts, "added")).toEqual(to);
      }),
    );
  });

  test("keeps as much as can be kept", () => {
    const longest = (a: string[], b: string[]): number => {
      const [x, ...rest] = a;
      if (x === undefined) return 0;
      const at = b.indexOf(x);
      return Math.max(longest(rest, b), at === -1 ? 0 : 1 + longest(rest, b.slice(at + 1)));
    };
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 8 }),
        fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 8 }),
        (from, to) => {
          expect(diffSequences(from, to).filter(({ kind }) => kind === "same")).toHaveLength(longest(from, to));
        },
      ),
    );
  });

  test("what is too large to compare is replaced as a whole", () => {
    const from = Array.from({ length: 3_000 }, (_, index) => `from ${index}`);
    const to = Array.from({ length: 3_000 }, (_, index) => `to ${index}`);
    const parts = diffSequences(["same", ...from], ["same", ...to]);
    expect(parts[0]).toEqual({ kind: "same", text: "same" });
    expect(side(parts, "added")).toHaveLength(3_001);
  });
});

describe("diffLines", () => {
  test("shows what changed within a line", () => {
    expect(diffLines("Hello\nAnswer kindly, please.\nBye\n", "Hello\nAnswer briefly, please.\nBye\n")).toEqual([
      { kind: "same", text: "Hello" },
      {
        kind: "removed",
        text: "Answer kindly, please.",
        words: [
          { kind: "same", text: "Answer" },
          { kind: "same", text: " " },
          { kind: "removed", text: "kindly" },
          { kind: "same", text: "," },
          { kind: "same", text: " " },
          { kind: "same", text: "please" },
          { kind: "same", text: "." },
        ],
      },
      {
        kind: "added",
        text: "Answer briefly, please.",
        words: [
          { kind: "same", text: "Answer" },
          { kind: "same", text: " " },
          { kind: "added", text: "briefly" },
          { kind: "same", text: "," },
          { kind: "same", text: " " },
          { kind: "same", text: "please" },
          { kind: "same", text: "." },
        ],
      },
      { kind: "same", text: "Bye" },
    ]);
  });

  test("words together are the line", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }), (from, to) => {
        const changed = diffLines(from, to).filter(({ words }) => words !== undefined);
        expect(changed.map(({ words }) => words?.map(({ text }) => text).join(""))).toEqual(
          changed.map(({ text }) => text),
        );
      }),
    );
  });

  test.each([
    ["nothing", "", "", []],
    ["an added line alone", "a\n", "a\nb\n", ["same", "added"]],
    ["a removed line alone", "a\nb\n", "a\n", ["same", "removed"]],
  ])("%s", (_, from, to, kinds) => {
    expect(diffLines(from, to).map(({ kind }) => kind)).toEqual(kinds);
  });
});

test("two versions of a prompt are compared as they are rendered", () => {
  const prompt = (version: string, text: string, owner: string): PromptFile => ({
    area: "support",
    name: "answer",
    version,
    path: "p",
    reference: `support/answer@${version}`,
    digest: "d",
    textDigest: "t",
    text,
    textLine: 1,
    owner,
    models: [],
    variables: [{ name: "name", description: null, example: "Ana" }],
  });
  const diff = diffPrompts(
    prompt("2.8", "Dear {{ name }}\n", "a"),
    prompt("2.9", "Hi {{ name }}, {{ question }}\n", "b"),
    { question: "Why?" },
  );
  expect(diff).toMatchObject({
    from: "support/answer@2.8",
    to: "support/answer@2.9",
    declared: [{ field: "owner", from: "a", to: "b" }],
    lines: [
      { kind: "removed", text: "Dear Ana" },
      { kind: "added", text: "Hi Ana, Why?" },
    ],
  });
});
