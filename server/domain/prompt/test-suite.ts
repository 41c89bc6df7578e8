/** A prompt's test suite: `tests/<suite>.jsonl`, one case a line. Runs nothing: results come in from CI. */
import { z } from "zod";
import { errorIn, type Finding, warningIn } from "@/server/domain/gitops/finding";
import { issuesOf } from "@/server/domain/input";
import type { PromptFile } from "./prompt-file";

/** One case. Keys beyond these are the runner's own and are kept. */
const TestCase = z.looseObject({
  /** Unique in the suite; pairs results of two releases. Without it, the line number. */
  id: z.string().min(1).max(128).optional(),
  variables: z.record(z.string(), z.string()).default({}),
  expect: z
    .looseObject({
      contains: z.array(z.string()).optional(),
      excludes: z.array(z.string()).optional(),
      matches: z.string().optional(),
    })
    .optional(),
  tags: z.array(z.string()).default([]),
});

/** A suite as it is read; `name` is what results are submitted under. */
export interface TestSuite {
  /** `support/answer`: area and file name. */
  readonly name: string;
  readonly area: string;
  readonly path: string;
  /** SHA-256 of the file's bytes, `sha256:…`: results are comparable while it is the same. */
  readonly digest: string;
  readonly cases: readonly (z.output<typeof TestCase> & { readonly id: string; readonly line: number })[];
}

const SUITE = /^(?:(.+)\/)?tests\/([^/]+)\.jsonl$/;

/** `support/tests/answer.jsonl` → its area and name; undefined for other files. */
export function parseSuitePath(pathInFolder: string): { area: string; name: string } | undefined {
  const [, area = "", file] = SUITE.exec(pathInFolder) ?? [];
  if (file === undefined) return undefined;
  return { area, name: area === "" ? file : `${area}/${file}` };
}

/** Reads a suite; lines that are no case are findings, and the rest is kept. */
export function readTestSuite(file: {
  path: string;
  inFolder: { area: string; name: string };
  digest: string;
  content: string;
}): {
  suite: TestSuite;
  findings: Finding[];
} {
  const { path, inFolder, digest } = file;
  const findings: Finding[] = [];
  const cases: TestSuite["cases"][number][] = [];
  const seen = new Map<string, number>();
  for (const [index, text] of file.content.split("\n").entries()) {
    const line = index + 1;
    if (text.trim() === "") continue;
    const read = readCase(text);
    if ("problem" in read) {
      findings.push(errorIn(path, "case_invalid", { message: read.problem, line }));
      continue;
    }
    const id = read.case.id ?? String(line);
    const before = seen.get(id);
    if (before !== undefined) {
      const message = `the id ${id} is used on line ${before} as well: results could not be paired`;
      findings.push(errorIn(path, "case_repeated", { message, line }));
    }
    seen.set(id, line);
    cases.push({ ...read.case, id, line });
  }
  return { suite: { ...inFolder, path, digest, cases }, findings };
}

function readCase(text: string): { case: z.output<typeof TestCase> } | { problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: `is not JSON: ${error instanceof Error ? error.message : "unreadable"}` };
  }
  const parsed = TestCase.safeParse(value);
  if (parsed.success) return { case: parsed.data };
  const [issue] = issuesOf(parsed.error);
  return { problem: `${issue?.pointer ?? ""} ${issue?.message ?? "is not a test case"}`.trim() };
}

/** Whether the suite is about the prompt: it has its name, or no prompt of its area has. */
export function isSuiteOf(suite: TestSuite, prompt: PromptFile, prompts: readonly PromptFile[]): boolean {
  if (suite.area !== prompt.area) return false;
  const named = prompts.some((other) => suiteName(other) === suite.name);
  return named ? suiteName(prompt) === suite.name : true;
}

function suiteName({ area, name }: PromptFile): string {
  return area === "" ? name : `${area}/${name}`;
}

/** Cases that leave out a variable which the prompt declares: it would be tested with a hole. */
export function lintSuite(suite: TestSuite, prompt: PromptFile): Finding[] {
  const declared = (prompt.variables ?? []).filter(({ example }) => example === null).map(({ name }) => name);
  return suite.cases.flatMap(({ id, line, variables }) => {
    const missing = declared.filter((name) => !Object.hasOwn(variables, name));
    if (missing.length === 0) return [];
    const message = `case ${id} gives no ${missing.join(", ")}, which ${prompt.reference} declares`;
    return [warningIn(suite.path, "case_incomplete", { message, line })];
  });
}
