import { describe, expect, test } from "vitest";
import type { PromptFile } from "@/server/domain/prompt/prompt-file";
import { isSuiteOf, lintSuite, parseSuitePath, readTestSuite, type TestSuite } from "@/server/domain/prompt/test-suite";

function read(content: string, name = "support/answer"): ReturnType<typeof readTestSuite> {
  return readTestSuite({
    path: "prompts/support/tests/answer.jsonl",
    inFolder: { area: "support", name },
    digest: "sha256:aa",
    content,
  });
}

function prompt(name: string, area = "support"): PromptFile {
  const variables = [
    { name: "question", description: null, example: null },
    { name: "tone", description: null, example: "kind" },
  ];
  const rest = {
    version: "2.8",
    path: "p",
    digest: "d",
    textDigest: "t",
    text: "x",
    textLine: 1,
    owner: null,
    models: [],
  };
  return { area, name, reference: `${area}/${name}@2.8`, variables, ...rest };
}

test.each([
  ["support/tests/answer.jsonl", { area: "support", name: "support/answer" }],
  ["tests/golden.jsonl", { area: "", name: "golden" }],
  ["support/eu/tests/answer.jsonl", { area: "support/eu", name: "support/eu/answer" }],
  ["support/answer.jsonl", undefined],
  ["support/tests/answer.json", undefined],
])("%s", (path, expected) => {
  expect(parseSuitePath(path)).toEqual(expected);
});

describe("readTestSuite", () => {
  test("takes a case a line, with the runner's own keys, and skips blank lines", () => {
    const { suite, findings } = read(
      '{"id":"refund","variables":{"question":"?"},"tags":["billing"],"judge":"tone@2"}\n\n{"variables":{}}\n',
    );
    expect(findings).toEqual([]);
    expect(suite.cases).toEqual([
      { id: "refund", line: 1, variables: { question: "?" }, tags: ["billing"], judge: "tone@2" },
      { id: "3", line: 3, variables: {}, tags: [] },
    ]);
  });

  test.each([
    ["no JSON", '{"id": ', 1, "case_invalid", "is not JSON"],
    ["no object", "[]", 1, "case_invalid", ""],
    ["a wrong member", '{"variables":{"a":1}}', 1, "case_invalid", "/variables/a"],
    ["an id twice", '{"id":"a"}\n{"id":"a"}', 2, "case_repeated", "line 1"],
  ])("%s is an error of its line, and the rest is kept", (_, content, line, code, message) => {
    const { suite, findings } = read(`${content}\n{"id":"good"}`);
    expect(findings).toEqual([
      expect.objectContaining({ severity: "error", line, code, message: expect.stringContaining(message) as string }),
    ]);
    expect(suite.cases.at(-1)?.id).toBe("good");
  });
});

describe("whose suite it is", () => {
  const suite = (name: string): TestSuite => ({ ...read("", name).suite, name });
  const prompts = [prompt("answer"), prompt("summary"), prompt("answer", "sales")];

  test.each([
    ["its name's", "support/answer", ["support/answer@2.8"]],
    ["the whole area's, where no prompt has its name", "support/golden", ["support/answer@2.8", "support/summary@2.8"]],
  ])("%s", (_, name, expected) => {
    expect(prompts.filter((one) => isSuiteOf(suite(name), one, prompts)).map(({ reference }) => reference)).toEqual(
      expected,
    );
  });
});

test("a case that leaves a variable out is pointed at, unless the prompt has an example", () => {
  const { suite } = read('{"id":"a","variables":{"question":"?"}}\n{"id":"b"}');
  expect(lintSuite(suite, prompt("answer"))).toEqual([
    expect.objectContaining({
      severity: "warning",
      code: "case_incomplete",
      line: 2,
      message: "case b gives no question, which support/answer@2.8 declares",
    }),
  ]);
});
