/**
 * How numbers are written, in one place: three significant digits, thin-space thousands, a true minus, the unit always
 * beside the value. No component formats a number by itself.
 */

const NARROW_SPACE = "\u202f";
const SPACE = "\u00a0";
const MINUS = "\u2212";
/** Not measured. */
export const NOT_MEASURED = "n/a";
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

function grouped(digits: string): string {
  return digits.replaceAll(/\B(?=(\d{3})+(?!\d))/g, NARROW_SPACE);
}

function plain(value: number, decimals: number, trim: boolean): string {
  const fixed = Math.abs(value).toFixed(decimals);
  const [whole = "0", fraction = ""] = fixed.split(".");
  const kept = trim ? fraction.replace(/0+$/, "") : fraction;
  const isZero = Number(fixed) === 0;
  return `${value < 0 && !isZero ? MINUS : ""}${grouped(whole)}${kept === "" ? "" : `.${kept}`}`;
}

/** Three significant digits without an exponent: `1234.5` → `1 230`, `0.01234` → `0.0123`. */
export function formatSignificant(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return value === 0 ? "0" : NOT_MEASURED;
  const rounded = Number(value.toPrecision(3));
  const decimals = Math.max(0, Math.min(12, 2 - Math.floor(Math.log10(Math.abs(rounded)))));
  return plain(rounded, decimals, true);
}

/** A whole number in full: `1204` → `1 204`. */
export function formatCount(value: number): string {
  return plain(value, 0, false);
}

/** A share between 0 and 1 as a percentage. What is not everything is never written as 100 %, nor something as 0 %. */
export function formatShare(share: number | null): string {
  if (share === null) return NOT_MEASURED;
  if (share < 1 && share >= 0.9995) return `>99.9${SPACE}%`;
  if (share > 0 && share < 0.000_01) return `<0.001${SPACE}%`;
  return `${formatSignificant(share * 100)}${SPACE}%`;
}

interface UnitStyle {
  /** From the metric's unit to the number that is written. */
  number: (value: number) => string;
  prefix: string;
  suffix: string;
  /** Suffix of a difference: percentages differ by percentage points. */
  differenceSuffix: string;
}

const twoDecimals = (value: number): string => plain(value, 2, false);

function money(value: number): string {
  return Math.abs(value) >= 100 || (value !== 0 && Math.abs(value) < 0.01)
    ? formatSignificant(value)
    : twoDecimals(value);
}

const STYLES: Readonly<Record<string, UnitStyle>> = {
  ms: { number: formatSignificant, prefix: "", suffix: `${SPACE}ms`, differenceSuffix: `${SPACE}ms` },
  ratio: {
    number: (value) => formatSignificant(value * 100),
    prefix: "",
    suffix: `${SPACE}%`,
    differenceSuffix: `${SPACE}pp`,
  },
  usd: { number: (value) => money(value * 1000), prefix: "$", suffix: "/1k", differenceSuffix: "/1k" },
  usd_total: { number: money, prefix: "$", suffix: "", differenceSuffix: "" },
  tokens: { number: formatSignificant, prefix: "", suffix: `${SPACE}tok`, differenceSuffix: `${SPACE}tok` },
  score: { number: twoDecimals, prefix: "", suffix: "", differenceSuffix: "" },
  requests: { number: formatCount, prefix: "", suffix: "", differenceSuffix: "" },
  number: { number: formatSignificant, prefix: "", suffix: "", differenceSuffix: "" },
};

function styleOf(unit: string): UnitStyle {
  const known = STYLES[unit];
  if (known !== undefined) return known;
  const suffix = unit === "" ? "" : `${SPACE}${unit}`;
  return { number: formatSignificant, prefix: "", suffix, differenceSuffix: suffix };
}

function withPrefix(prefix: string, number: string): string {
  return number.startsWith(MINUS) ? `${MINUS}${prefix}${number.slice(1)}` : `${prefix}${number}`;
}

/**
 * A value with its unit. Units: `ms`, `ratio` (0–1, written in %), `usd` (per request, written per thousand),
 * `usd_total` (plain dollars), `tokens`, `score` (two decimals), `requests`, `number`; any other text follows the number.
 */
export function formatValue(value: number | null, unit: string): string {
  if (value === null || !Number.isFinite(value)) return NOT_MEASURED;
  const style = styleOf(unit);
  return `${withPrefix(style.prefix, style.number(value))}${style.suffix}`;
}

/** The number alone, for axis ticks and table cells whose heading names the unit. */
export function formatBare(value: number | null, unit: string): string {
  if (value === null || !Number.isFinite(value)) return NOT_MEASURED;
  return styleOf(unit).number(value);
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
  const { number } = styleOf(unit);
  return `[${number(point.lower)}–${number(point.upper)}]`;
}

/** The whole of it: `910 ms [868–952] n=1 204`. */
export function formatMeasured(point: Measured, unit: string): string {
  const parts = [formatValue(point.value, unit), formatInterval(point, unit), `n=${formatCount(point.count)}`];
  return parts.filter((part) => part !== "").join(" ");
}

function signed(text: string): string {
  return text.startsWith(MINUS) ? text : `+${text}`;
}

/** A difference with its sign and unit, `+60 ms`; rates differ in percentage points. */
export function formatAbsoluteDifference(value: number, unit: string): string {
  const style = styleOf(unit);
  return signed(`${withPrefix(style.prefix, style.number(value))}${style.differenceSuffix}`);
}

/** `+60 ms (+7.1 %)`, or the words for a difference that is not clear. */
export function formatDifference(difference: Difference | null, unit: string): string {
  if (difference === null) return NOT_MEASURED;
  if (!difference.clear) return NO_CLEAR_CHANGE;
  const absolute = formatAbsoluteDifference(difference.absolute, unit);
  if (difference.ratio === null) return absolute;
  return `${absolute} (${signed(formatSignificant(difference.ratio * 100))}${SPACE}%)`;
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
