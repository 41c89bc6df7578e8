/**
 * Golden-set results from a promptfoo report: the JSON file, or its JSONL with one case per line. Scores are averaged
 * over the cases themselves, because the report's own `namedScores` per prompt are sums.
 */
import { z } from "zod";
import type { CanonicalValue } from "@/server/domain/canonical-text";
import { canonicalText } from "@/server/domain/canonical-text";
import { invalidInput } from "@/server/domain/errors";
import { nearestRank, type GoldenItem } from "@/server/domain/gate/golden-item";
import { sha256Hex } from "@/server/domain/hash";
import { parseInput } from "@/server/domain/input";

const ERROR = 2;

const Case = z.object({
  success: z.boolean(),
  score: z.number().default(0),
  namedScores: z.record(z.string(), z.number()).default({}),
  latencyMs: z.number().optional(),
  cost: z.number().optional(),
  /** 0 none, 1 an assertion failed, 2 the case could not be run. `error` is also set for failed assertions. */
  failureReason: z.number().optional(),
  response: z.object({ tokenUsage: z.object({ total: z.number().optional() }).optional() }).nullish(),
  vars: z.record(z.string(), z.json()).default({}),
  testCase: z
    .object({ description: z.string().nullish(), metadata: z.record(z.string(), z.unknown()).nullish() })
    .nullish(),
});
type Case = z.output<typeof Case>;

const Report = z.object({ results: z.object({ results: z.array(Case).min(1, "holds no case") }) });

/** What a report says: results by name, and the cases one by one. */
export interface ReportReading {
  results: Record<string, number>;
  items: GoldenItem[];
}

/**
 * `{quality, pass_rate, cases, errors, tokens?, p95_ms?, cost_usd?, <named score>…}`; a named score counts over a value
 * of the same name. Tokens, latency and cost are of
 * the cases that ran.
 *
 * @param report the parsed JSON file, or the text of the JSON or JSONL file.
 * @throws DomainError `invalid_input` for anything else.
 */
export function readPromptfooReport(report: unknown): ReportReading {
  const cases = casesOf(report);
  return { results: resultsOf(cases), items: itemsOf(cases) };
}

function resultsOf(cases: readonly Case[]): Record<string, number> {
  const ran = cases.filter((entry) => entry.failureReason !== ERROR);
  return {
    quality: mean(cases.map((entry) => entry.score)) ?? 0,
    pass_rate: cases.filter((entry) => entry.success).length / cases.length,
    cases: cases.length,
    errors: cases.length - ran.length,
    ...given("tokens", mean(known(ran.map((entry) => entry.response?.tokenUsage?.total)))),
    ...given("p95_ms", nearestRank(known(ran.map((entry) => entry.latencyMs)), 0.95)),
    ...given("cost_usd", mean(known(ran.map((entry) => entry.cost)))),
    ...namedScores(ran),
  };
}

function casesOf(report: unknown): Case[] {
  const what = "the promptfoo report";
  if (typeof report !== "string") return parseInput(Report, report, what).results.results;
  const whole = parseJson(report);
  if (whole !== undefined && isReport(whole)) return parseInput(Report, whole, what).results.results;
  const lines = report.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0) throw invalidInput(`${what} is empty`);
  return lines.map((line, index) => {
    const value = parseJson(line);
    if (value === undefined) throw invalidInput(`${what} is neither JSON nor JSONL: line ${index + 1} does not parse`);
    return parseInput(Case, value, `${what}, line ${index + 1},`);
  });
}

function isReport(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, "results");
}

/** Undefined for text that is not JSON: JSONL is tried next, and refused with the line that does not parse. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function namedScores(cases: readonly Case[]): Record<string, number> {
  const names = new Set(cases.flatMap((entry) => Object.keys(entry.namedScores)));
  return Object.fromEntries(
    [...names].map((name) => [name, mean(known(cases.map((entry) => entry.namedScores[name]))) ?? 0]),
  );
}

function known(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined);
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Cases in their order; the same test under several prompts or providers is told apart by its turn. */
function itemsOf(cases: readonly Case[]): GoldenItem[] {
  const turns = new Map<string, number>();
  return cases.map((entry) => {
    const id = caseId(entry);
    const turn = (turns.get(id) ?? 0) + 1;
    turns.set(id, turn);
    const ran = entry.failureReason !== ERROR;
    return {
      id: turn === 1 ? id : `${id}#${turn}`,
      scores: {
        quality: entry.score,
        pass_rate: Number(entry.success),
        ...(ran ? measuresOf(entry) : {}),
      },
      segments: segmentsOf(entry.testCase?.metadata ?? {}),
    };
  });
}

/** The same variables and description are the same case in another run, in whatever order the tests stand. */
function caseId({ vars, testCase }: Case): string {
  try {
    // Variables are parsed JSON, which is what a canonical value is.
    return sha256Hex(canonicalText([testCase?.description ?? "", vars] as CanonicalValue)).slice(0, 16);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalidInput(`a case's variables have no canonical text: ${error.message}`);
  }
}

function measuresOf({ response, latencyMs, cost, namedScores }: Case): Record<string, number> {
  return {
    ...given("tokens", response?.tokenUsage?.total),
    ...given("latency_ms", latencyMs),
    ...given("cost_usd", cost),
    ...namedScores,
  };
}

/** A test's metadata in words: `{region: us-west}` is a slice. */
function segmentsOf(metadata: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).flatMap(([key, value]) =>
      typeof value === "string" && value !== "" && value.length <= 128 && key.length <= 64 ? [[key, value]] : [],
    ),
  );
}

function given(name: string, value: number | undefined): Record<string, number> {
  return value === undefined ? {} : { [name]: value };
}
