/**
 * Numbers and lengths of time as pages write them: the words of the server, typeset so that no line breaks inside. No
 * component formats a number by itself.
 */
import {
  bareWords,
  differenceWords,
  NOT_MEASURED,
  quantityWords,
  relativeWords,
  significantWords,
  wholeWords,
} from "@/server/domain/words/number-words";

const SPACE = "\u00a0";
/** Does not apply. */
export const NOT_APPLICABLE = "—";
/** Written for a difference whose interval contains zero. */
export const NO_CLEAR_CHANGE = "no clear change";

/** One value with its interval and sample size, as every answer carries it. */
export interface Measured {
  value: number | null;
  lower: number | null;
  upper: number | null;
  count: number;
}

/** Candidate minus control, in the metric's unit; `ratio` is relative to control. */
export interface Difference {
  absolute: number;
  ratio: number | null;
  clear: boolean;
}

/** On a page a line never breaks between a number and its unit. */
function unbroken(text: string): string {
  return text.replaceAll(" ", SPACE);
}

/** Three significant digits without an exponent: `1234.5` → `1 230`, `0.01234` → `0.0123`. */
export function formatSignificant(value: number): string {
  return significantWords(value);
}

/** A whole number in full: `1204` → `1 204`. */
export function formatCount(value: number): string {
  return wholeWords(value);
}

/** A share between 0 and 1 as a percentage. What is not everything is never written as 100 %, nor something as 0 %. */
export function formatShare(share: number | null): string {
  if (share === null) return NOT_MEASURED;
  if (share < 1 && share >= 0.9995) return `>99.9${SPACE}%`;
  if (share > 0 && share < 0.000_01) return `<0.001${SPACE}%`;
  return formatValue(share, "ratio");
}

/** A value with its unit; {@link quantityWords} names the units. */
export function formatValue(value: number | null, unit: string): string {
  return unbroken(quantityWords(value, unit));
}

/** The number alone, for axis ticks and table cells whose heading names the unit. */
export function formatBare(value: number | null, unit: string): string {
  return bareWords(value, unit);
}

/** How a unit is named in a heading: `ms`, `%`, `$ per 1k requests`. */
export function unitName(unit: string): string {
  const names: Readonly<Record<string, string>> = {
    ratio: "%",
    usd: "$ per 1k requests",
    usd_total: "$",
    tokens: "tokens",
    number: "",
  };
  return names[unit] ?? unit;
}

/** `[868–952]`, or an empty text without an interval. */
export function formatInterval(point: Pick<Measured, "lower" | "upper">, unit: string): string {
  if (point.lower === null || point.upper === null) return "";
  return `[${bareWords(point.lower, unit)}–${bareWords(point.upper, unit)}]`;
}

/** The whole of it: `910 ms [868–952] n=1 204`. */
export function formatMeasured(point: Measured, unit: string): string {
  const parts = [formatValue(point.value, unit), formatInterval(point, unit), `n=${formatCount(point.count)}`];
  return parts.filter((part) => part !== "").join(" ");
}

/** A difference with its sign and unit, `+60 ms`; rates differ in percentage points. */
export function formatAbsoluteDifference(value: number, unit: string): string {
  return unbroken(differenceWords(value, unit));
}

/** `+60 ms (+7.1 %)`, or the words for a difference that is not clear. */
export function formatDifference(difference: Difference | null, unit: string): string {
  if (difference === null) return NOT_MEASURED;
  if (!difference.clear) return NO_CLEAR_CHANGE;
  const absolute = formatAbsoluteDifference(difference.absolute, unit);
  return difference.ratio === null ? absolute : `${absolute} (${unbroken(relativeWords(difference.ratio))})`;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time in its two largest units: `8 s`, `4 min`, `2 h 5 min`, `9 d 4 h`. */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < SECOND) return `${Math.round(ms)}${SPACE}ms`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}${SPACE}s`;
  if (ms < HOUR) return twoUnits(ms, [MINUTE, "min"], ms < 10 * MINUTE ? [SECOND, "s"] : null);
  if (ms < DAY) return twoUnits(ms, [HOUR, "h"], [MINUTE, "min"]);
  return twoUnits(ms, [DAY, "d"], [HOUR, "h"]);
}

type NamedUnit = readonly [length: number, name: string];

function twoUnits(ms: number, large: NamedUnit, small: NamedUnit | null): string {
  const whole = Math.floor(ms / large[0]);
  const first = `${whole}${SPACE}${large[1]}`;
  const rest = small === null ? 0 : Math.floor((ms - whole * large[0]) / small[0]);
  return small === null || rest === 0 ? first : `${first} ${rest}${SPACE}${small[1]}`;
}

/** `8 min ago`, `in 4 min`, `now`: the largest unit alone, always shown beside an absolute time. */
export function formatRelative(atMs: number, nowMs: number): string {
  const distance = Math.abs(nowMs - atMs);
  if (distance < 2 * SECOND) return "now";
  const text =
    distance < MINUTE
      ? `${Math.floor(distance / SECOND)}${SPACE}s`
      : distance < HOUR
        ? `${Math.floor(distance / MINUTE)}${SPACE}min`
        : distance < DAY
          ? `${Math.floor(distance / HOUR)}${SPACE}h`
          : `${Math.floor(distance / DAY)}${SPACE}d`;
  return atMs <= nowMs ? `${text} ago` : `in ${text}`;
}
