/** Durations as policies write them: `30s`, `5m`, `1h`, `48h`, `7d`. */

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof UNIT_MS;

const DURATION = /^(\d+(?:\.\d+)?)(s|m|h|d)$/;

/** What to write where a duration is asked for. */
export const DURATION_FORM = "a number and s, m, h or d, e.g. 30s, 5m, 48h or 7d";

/** Milliseconds of a duration's text, rounded to whole ones; undefined when it is not one (`5 min`, `1h30m`, `-1s`). */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  const ms = Math.round(Number(amount) * UNIT_MS[unit as Unit]);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/**
 * The text of a duration, in the largest unit that divides it; `parseDuration` reads it back. Hours go up to two days,
 * as people say them: 24h, 48h, then 3d.
 */
export function formatDuration(ms: number): string {
  const units: readonly Unit[] = ms > 2 * UNIT_MS.d ? ["d", "h", "m"] : ["h", "m"];
  const unit = ms === 0 ? "s" : (units.find((candidate) => ms % UNIT_MS[candidate] === 0) ?? "s");
  return `${ms / UNIT_MS[unit]}${unit}`;
}
