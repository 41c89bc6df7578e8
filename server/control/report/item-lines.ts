/** Golden-set results from JSONL: one case per line, `{"id": "a1", "region": "us-west", "quality": 0.9, "tokens": 700}`. */
import { z } from "zod";
import { invalidInput } from "@/server/domain/errors";
import { GoldenItems, resultsOfItems } from "@/server/domain/gate/golden-item";
import { parseInput } from "@/server/domain/input";
import type { ReportReading } from "./promptfoo-report";

/** Spellings of what the results call otherwise. */
const NAMES: Readonly<Record<string, string>> = {
  latencyMs: "latency_ms",
  costUsd: "cost_usd",
  cost: "cost_usd",
  pass: "pass_rate",
  passed: "pass_rate",
  success: "pass_rate",
};

const Line = z.looseObject({
  id: z.union([z.string(), z.number()], { error: "a case needs an id" }).transform(String),
  scores: z.record(z.string(), z.union([z.number(), z.boolean()])).default({}),
  segments: z.record(z.string(), z.string()).default({}),
});

/**
 * Numbers and booleans of a line are scores, short texts the slices it belongs to; `scores` and `segments` may hold them
 * too. Results are the means over the cases, and `p95_ms` of `latency_ms`.
 *
 * @throws DomainError `invalid_input` naming the line.
 */
export function readItemLines(report: unknown): ReportReading {
  if (typeof report !== "string") throw invalidInput("a JSONL report is the text of its file");
  const lines = report.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0) throw invalidInput("the JSONL report is empty");
  const items = parseInput(GoldenItems, lines.map(readLine), "the JSONL report");
  return { results: resultsOfItems(items), items };
}

function readLine(text: string, index: number): unknown {
  const what = `the JSONL report, line ${index + 1},`;
  const { id, scores, segments, ...rest } = parseInput(Line, parseJson(text, index), what);
  const numbers: Record<string, number> = {};
  const words: Record<string, string> = { ...segments };
  for (const [key, value] of [...Object.entries(scores), ...Object.entries(rest)]) {
    if (typeof value === "number" || typeof value === "boolean") numbers[nameOf(key)] = Number(value);
    else if (typeof value === "string") words[key] = value;
    else if (value !== null) {
      throw invalidInput(`${what} ${key} is neither a score nor a slice: give a number, a boolean or a short text`);
    }
  }
  return { id, scores: numbers, segments: words };
}

function nameOf(key: string): string {
  return (Object.hasOwn(NAMES, key) ? NAMES[key] : undefined) ?? key;
}

function parseJson(text: string, index: number): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw invalidInput(`the JSONL report does not parse: line ${index + 1}`);
  }
}
