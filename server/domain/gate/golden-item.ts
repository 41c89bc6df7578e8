/** One case of a golden set with its scores: what differences between two releases are matched by. */
import { z } from "zod";
import { closedObject, openRecord } from "@/server/domain/input";

/** More cases than a golden set has; a report beyond it is a mistake. */
const MOST_ITEMS = 20_000;

/** `id` names the same case in every run; `segments` are the slices it belongs to. */
export const GoldenItem = closedObject({
  id: z.string().min(1, "a case needs an id").max(256, "an id has at most 256 characters"),
  scores: openRecord(z.string().min(1).max(128), z.number()),
  segments: openRecord(z.string().min(1).max(64), z.string().min(1).max(128)).default({}),
});
export type GoldenItem = z.output<typeof GoldenItem>;

export const GoldenItems = z
  .array(GoldenItem)
  .max(MOST_ITEMS, `at most ${MOST_ITEMS} cases`)
  .superRefine((items, context) => {
    const seen = new Set<string>();
    for (const [index, { id }] of items.entries()) {
      if (seen.has(id)) context.addIssue({ code: "custom", path: [index, "id"], message: `${id} is there twice` });
      seen.add(id);
    }
  });

const LATENCY = /^p\d{1,2}(\.9)?_(?:(?:duration|latency)_)?ms$/;

/** The score of a case that a result is made of: `p95_ms` of each case's `latency_ms`, others of the score of their name. */
export function itemScoreOf(result: string): { score: string; quantile: number | undefined } {
  if (!LATENCY.test(result)) return { score: result, quantile: undefined };
  return { score: "latency_ms", quantile: Number(result.slice(1, result.indexOf("_"))) / 100 };
}

/** Results of a run from its cases: means, `pass_rate` of `pass`, and `p95_ms` of `latency_ms`. */
export function resultsOfItems(items: readonly GoldenItem[]): Record<string, number> {
  const values = new Map<string, number[]>();
  for (const { scores } of items) {
    for (const [name, value] of Object.entries(scores)) push(values, name, value);
  }
  const results: Record<string, number> = { cases: items.length };
  for (const [name, all] of values) {
    if (name === "latency_ms") results["p95_ms"] = nearestRank(all, 0.95) ?? 0;
    results[name] = meanOf(all);
  }
  return results;
}

/**
 * To twelve digits: what the sum of binary fractions adds beyond that would let the same golden set pass as better than
 * itself, 0.8500000000000001 than 0.85.
 */
function meanOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Number(mean.toPrecision(12));
}

/** The smallest value that at least `share` of the values do not exceed; undefined of none. */
export function nearestRank(values: readonly number[], share: number): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1];
}

function push(values: Map<string, number[]>, name: string, value: number): void {
  const known = values.get(name);
  if (known === undefined) values.set(name, [value]);
  else known.push(value);
}
