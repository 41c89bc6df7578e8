/**
 * How times are written: UTC first, 24 hours, zone always named. Local time is written on demand with its zone and
 * offset. No component formats a time by itself.
 */

export type TimePrecision = "day" | "minute" | "second" | "millisecond";
export type Zone = "utc" | "local";

const LENGTHS: Readonly<Record<TimePrecision, number>> = { day: 10, minute: 16, second: 19, millisecond: 23 };

/** `2026-04-12 03:52:04 UTC`; a day alone carries no zone word. */
export function formatUtc(atMs: number, precision: TimePrecision): string {
  const text = new Date(atMs).toISOString().slice(0, LENGTHS[precision]).replace("T", " ");
  return precision === "day" ? text : `${text} UTC`;
}

/** As {@link formatUtc} but without the date when `nowMs` is the same UTC day: `03:52 UTC`. */
export function formatUtcShort(atMs: number, nowMs: number, precision: Exclude<TimePrecision, "day">): string {
  const text = formatUtc(atMs, precision);
  return formatUtc(nowMs, "day") === text.slice(0, 10) ? text.slice(11) : text;
}

interface LocalParts {
  date: string;
  clock: string;
  zoneName: string;
  offset: string;
}

function localParts(atMs: number, timeZone: string | undefined): LocalParts {
  const format = new Intl.DateTimeFormat("en-GB", {
    ...(timeZone === undefined ? {} : { timeZone }),
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    hourCycle: "h23",
    timeZoneName: "short",
  });
  const parts = new Map(format.formatToParts(atMs).map((part) => [part.type, part.value]));
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? "";
  const date = `${part("year").padStart(4, "0")}-${part("month")}-${part("day")}`;
  const clock = `${part("hour")}:${part("minute")}:${part("second")}.${part("fractionalSecond")}`;
  return { date, clock, zoneName: part("timeZoneName"), offset: offsetOf(atMs, `${date}T${clock}Z`) };
}

/** The zone's offset, from the wall clock read as if it were UTC: `UTC+2`, `UTC−3:30`. */
function offsetOf(atMs: number, wallClockAsUtc: string): string {
  const minutes = Math.round((Date.parse(wallClockAsUtc) - atMs) / 60_000);
  if (minutes === 0) return "UTC";
  const absolute = Math.abs(minutes);
  const remainder = absolute % 60;
  return `UTC${minutes < 0 ? "\u2212" : "+"}${Math.floor(absolute / 60)}${remainder === 0 ? "" : `:${String(remainder).padStart(2, "0")}`}`;
}

/** `2026-04-12 05:52:04 CEST (UTC+2)`. `timeZone` is the reader's own unless given. */
export function formatLocal(atMs: number, precision: TimePrecision, timeZone?: string): string {
  const { date, clock, zoneName, offset } = localParts(atMs, timeZone);
  const text = `${date} ${clock}`.slice(0, LENGTHS[precision]);
  if (precision === "day") return text;
  const named = /^(GMT|UTC)/.test(zoneName) || zoneName === "" ? offset : `${zoneName} (${offset})`;
  return `${text} ${named}`;
}

/** As {@link formatLocal} but without the date when `nowMs` is the same local day. */
export function formatLocalShort(
  atMs: number,
  nowMs: number,
  options: { precision: Exclude<TimePrecision, "day">; timeZone?: string },
): string {
  const text = formatLocal(atMs, options.precision, options.timeZone);
  return formatLocal(nowMs, "day", options.timeZone) === text.slice(0, 10) ? text.slice(11) : text;
}

/** The clock alone for chart ticks whose axis names the zone: `03:45`, or `12 Apr` at midnight over several days. */
export function formatTick(atMs: number, zone: Zone, spanMs: number): string {
  const text = zone === "utc" ? formatUtc(atMs, "minute") : formatLocal(atMs, "minute");
  const clock = text.slice(11, 16);
  if (spanMs <= 86_400_000 && clock !== "00:00") return clock;
  return clock === "00:00" || spanMs > 4 * 86_400_000
    ? `${Number(text.slice(8, 10))} ${MONTHS[Number(text.slice(5, 7)) - 1] ?? ""}`
    : clock;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A half-open range: `[03:45, 03:50) UTC`, with the date where the range leaves the day of `nowMs`. */
export function formatRangeUtc(fromMs: number, toMs: number, nowMs: number): string {
  const from = formatUtcShort(fromMs, nowMs, "minute").replace(" UTC", "");
  const to = formatUtcShort(toMs, nowMs, "minute").replace(" UTC", "");
  return `[${from}, ${to}) UTC`;
}
