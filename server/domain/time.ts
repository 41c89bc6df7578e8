/** Times at the edge: RFC 3339 UTC with milliseconds outside, epoch milliseconds inside. */
import { z } from "zod";

/** `1776000000000` → `2026-04-12T13:20:00.000Z`. */
export function toRfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

/** An output field: epoch milliseconds inside, RFC 3339 UTC with milliseconds in every answer. */
export const Time = z
  .number()
  .transform(toRfc3339)
  .pipe(z.iso.datetime({ precision: 3 }));

/** Nothing happened here before 1970, and ranges aligned beyond 2200 still have four-digit years. */
const Epoch = z
  .number()
  .int()
  .min(0, "must not be before 1970")
  .max(Date.UTC(2200, 0), "must not be after the year 2200");

/** An input field: RFC 3339 with any offset, or epoch milliseconds; epoch milliseconds inside. */
export const TimeInput = z.union(
  [
    z.iso
      .datetime({ offset: true })
      .transform((text) => Date.parse(text))
      .pipe(Epoch),
    Epoch,
    z
      .string()
      .regex(/^\d{12,14}$/)
      .transform(Number)
      .pipe(Epoch),
  ],
  { error: "must be a time like 2026-04-12T03:52:04.000Z" },
);
