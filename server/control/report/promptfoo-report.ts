/**
 * Golden-set results from a promptfoo report: the JSON file, or its JSONL with one case per line. Scores are averaged
 * over the cases themselves, because the report's own `namedScores` per prompt are sums.
 */
import { z } from "zod";
import { invalidInput } from "@/server/domain/errors";
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
});
type Case = z.output<typeof Case>;

const Report = z.object({ results: z.object({ results: z.array(Case).min(1, "holds no case") }) });

/**
 * `{quality, pass_rate, cases, errors, tokens?, p95_ms?, cost_usd?, <named score>…}`; a named score counts over a value
 * of the same name. Tokens, latency and cost are of
 * the cases that ran.
 *
 * @param report the parsed JSON file, or the text of the JSON or JSONL file.
 * @throws DomainError `invalid_input` for anything else.
 */
export function readPromptfooReport(report: unknown): Record<string, number> {
  const cases = casesOf(report);
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

/** The smallest value that at least `share` of the values do not exceed. */
function nearestRank(values: readonly number[], share: number): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1];
}

function given(name: string, value: number | undefined): Record<string, number> {
  return value === undefined ? {} : { [name]: value };
}
