/** Instants as clients send them: RFC 3339 text or epoch milliseconds. */
import { z } from "zod";

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** 2000-01-01 and 2100-01-01: outside them a number is seconds, microseconds or a broken clock. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);
const LATEST_MS = Date.UTC(2100, 0, 1);

/** An instant, parsed to whole epoch milliseconds. */
export const TimeInput = z
  .union([z.string(), z.number()], { error: "must be RFC 3339 text or epoch milliseconds" })
  .transform((value, context) => {
    const ms = typeof value === "number" ? Math.floor(value) : RFC_3339.test(value) ? Date.parse(value) : Number.NaN;
    if (ms >= EARLIEST_MS && ms < LATEST_MS) return ms;
    context.addIssue({ code: "custom", message: timeMessage(value, ms), input: value });
    return z.NEVER;
  });

/** A feature value's instant; feature stores write the epoch itself, or null, for a value that never had one. */
export const FeatureTimeInput = z.preprocess((value) => {
  const none = value === null || value === 0 || (typeof value === "string" && Date.parse(value) === 0);
  return none ? undefined : value;
}, TimeInput.optional());

function timeMessage(value: string | number, ms: number): string {
  if (Number.isNaN(ms)) return "must be RFC 3339, e.g. 2026-04-10T12:00:00.000Z";
  const remedy = typeof value === "number" ? ": a number is epoch milliseconds, 13 digits today" : "";
  return `is not between the years 2000 and 2100${remedy}`;
}
