/**
 * How numbers are written for people, in one place for sentences, messages and pages: three significant digits,
 * thin-space thousands, a true minus, the unit beside the value. Never parse what this writes.
 */

const NARROW_SPACE = "\u202f";
const MINUS = "\u2212";
/** Not measured. */
export const NOT_MEASURED = "n/a";

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

/** Three significant digits (or `digits`) without an exponent: `1234.5` → `1 230`, `0.01234` → `0.0123`. */
export function significantWords(value: number, digits = 3): string {
  if (value === 0 || !Number.isFinite(value)) return value === 0 ? "0" : NOT_MEASURED;
  const rounded = Number(value.toPrecision(digits));
  const decimals = Math.max(0, Math.min(12, digits - 1 - Math.floor(Math.log10(Math.abs(rounded)))));
  return plain(rounded, decimals, true);
}

/** A whole number in full: `1204` → `1 204`. */
export function wholeWords(value: number): string {
  return plain(value, 0, false);
}

interface UnitStyle {
  /** From the metric's unit to the number that is written, with so many significant digits where it has no fixed form. */
  number: (value: number, digits?: number) => string;
  prefix: string;
  suffix: string;
  /** Suffix of a difference: percentages differ by percentage points. */
  differenceSuffix: string;
}

function money(value: number, digits?: number): string {
  const magnitude = Math.abs(value);
  return magnitude >= 100 || (value !== 0 && magnitude < 0.01)
    ? significantWords(value, digits)
    : plain(value, digits === undefined ? 2 : digits, false);
}

const STYLES: Readonly<Record<string, UnitStyle>> = {
  ms: { number: significantWords, prefix: "", suffix: " ms", differenceSuffix: " ms" },
  ratio: {
    number: (value, digits) => significantWords(value * 100, digits),
    prefix: "",
    suffix: " %",
    differenceSuffix: " pp",
  },
  usd: { number: (value, digits) => money(value * 1000, digits), prefix: "$", suffix: "/1k", differenceSuffix: "/1k" },
  usd_total: { number: money, prefix: "$", suffix: "", differenceSuffix: "" },
  tokens: { number: significantWords, prefix: "", suffix: " tok", differenceSuffix: " tok" },
  score: { number: (value, digits = 2) => plain(value, digits, false), prefix: "", suffix: "", differenceSuffix: "" },
  requests: { number: wholeWords, prefix: "", suffix: "", differenceSuffix: "" },
  number: { number: significantWords, prefix: "", suffix: "", differenceSuffix: "" },
};

function styleOf(unit: string): UnitStyle {
  const known = STYLES[unit];
  if (known !== undefined) return known;
  const suffix = unit === "" ? "" : ` ${unit}`;
  return { number: significantWords, prefix: "", suffix, differenceSuffix: suffix };
}

function withPrefix(prefix: string, number: string): string {
  return number.startsWith(MINUS) ? `${MINUS}${prefix}${number.slice(1)}` : `${prefix}${number}`;
}

/**
 * A value with its unit. Units: `ms`, `ratio` (0–1, written in %), `usd` (per request, written per thousand),
 * `usd_total` (plain dollars), `tokens`, `score` (two decimals), `requests`, `number`; any other text follows the number.
 */
export function quantityWords(value: number | null, unit: string): string {
  if (value === null || !Number.isFinite(value)) return NOT_MEASURED;
  const style = styleOf(unit);
  return `${withPrefix(style.prefix, style.number(value))}${style.suffix}`;
}

/** As {@link quantityWords}, with as many digits more as `value` needs not to read like `other`, which it is not. */
export function quantityApartFrom(value: number, other: number, unit: string): string {
  const style = styleOf(unit);
  const written = (number: number, digits?: number): string =>
    `${withPrefix(style.prefix, style.number(number, digits))}${style.suffix}`;
  if (written(value) !== written(other)) return written(value);
  for (let digits = 4; digits <= 12; digits += 1) {
    if (written(value, digits) !== written(other, digits)) return written(value, digits);
  }
  return written(value);
}

/** The number alone, for axis ticks and table cells whose heading names the unit. */
export function bareWords(value: number | null, unit: string): string {
  if (value === null || !Number.isFinite(value)) return NOT_MEASURED;
  return styleOf(unit).number(value);
}

function signed(text: string): string {
  return text.startsWith(MINUS) ? text : `+${text}`;
}

/** A difference with its sign and unit, `+60 ms`; rates differ in percentage points. */
export function differenceWords(value: number, unit: string): string {
  const style = styleOf(unit);
  return signed(`${withPrefix(style.prefix, style.number(value))}${style.differenceSuffix}`);
}

/** A relative difference with its sign: `+7.1 %`. */
export function relativeWords(ratio: number): string {
  return `${signed(significantWords(ratio * 100))} %`;
}
