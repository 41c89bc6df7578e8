/** Feature values as an evaluation saw them: rows of an uploaded set, their profiles, and values from the future. */
import { z } from "zod";
import { closedObject, openRecord } from "@/server/domain/input";
import { TimeInput } from "@/server/domain/time";
import { binsOf, countInto, type ValueProfile } from "./value-profile";

const MOST_ROWS = 20_000;

/** A value with the instant from which it holds, or the value alone, which then holds at the row's time. */
const Value = z.union([
  z.object({ value: z.json(), timestamp: TimeInput }),
  z.union([z.string().max(512), z.number(), z.boolean(), z.null()]),
]);

/** `{entity, time, features: {failure_count: {value, timestamp}}, segments?}`. */
export const FeatureRow = closedObject({
  /** What the row is about, e.g. `service=payments`. */
  entity: z.string().min(1).max(256),
  /** The instant that the evaluation asks about. */
  time: TimeInput,
  features: openRecord(z.string().min(1).max(128), Value),
  segments: openRecord(z.string().min(1).max(64), z.string().min(1).max(128)).default({}),
});
export type FeatureRow = z.output<typeof FeatureRow>;

export const FeatureRows = z.array(FeatureRow).min(1, "the set has no row").max(MOST_ROWS, `at most ${MOST_ROWS} rows`);

/** One value of one row. */
export interface RowValue {
  readonly row: number;
  readonly feature: string;
  readonly entity: string;
  readonly eventMs: number;
  readonly valueMs: number;
  readonly value: unknown;
}

/** Every value of the set, row by row. */
export function valuesOfRows(rows: readonly FeatureRow[]): RowValue[] {
  return rows.flatMap(({ entity, time, features }, row) =>
    Object.entries(features).map(([feature, given]) => {
      const dated = typeof given === "object" && given !== null;
      const value = dated ? given.value : given;
      return { row, feature, entity, eventMs: time, valueMs: dated ? given.timestamp : time, value };
    }),
  );
}

/** Values that came to hold after the instant their row asks about: the evaluation saw what serving could not. */
export function leaksIn(values: readonly RowValue[]): RowValue[] {
  return values.filter(({ valueMs, eventMs }) => valueMs > eventMs);
}

/** Segment values per key that get a profile of their own, the largest first. */
const MOST_SEGMENTS = 50;

/** Each feature's distribution over all rows, and in the same bins over the rows of each segment value. */
export function profilesOf(rows: readonly FeatureRow[]): ValueProfile[] {
  const values = valuesOfRows(rows);
  const segments = largestSegments(rows);
  const names = [...new Set(values.map(({ feature }) => feature))];
  return names.flatMap((feature) => {
    const all = values.filter((value) => value.feature === feature);
    const bins = binsOf(all.map(({ value }) => value));
    const profile = (segment: string | null, own: readonly RowValue[]): ValueProfile => ({
      feature,
      segment,
      bins,
      counts: countInto(
        bins,
        own.map(({ value }) => value),
      ),
    });
    const parts = segments.map(({ segment, rows: within }) =>
      profile(
        segment,
        all.filter(({ row }) => within.has(row)),
      ),
    );
    return [profile(null, all), ...parts];
  });
}

function largestSegments(rows: readonly FeatureRow[]): { segment: string; rows: ReadonlySet<number> }[] {
  const found = new Map<string, Set<number>>();
  for (const [row, { segments }] of rows.entries()) {
    for (const [key, value] of Object.entries(segments)) {
      const known = found.get(`${key}=${value}`);
      if (known === undefined) found.set(`${key}=${value}`, new Set([row]));
      else known.add(row);
    }
  }
  return [...found]
    .map(([segment, within]) => ({ segment, rows: within }))
    .toSorted((a, b) => b.rows.size - a.rows.size || (a.segment < b.segment ? -1 : 1))
    .slice(0, MOST_SEGMENTS);
}
