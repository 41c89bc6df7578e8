/** What a chart says in words: for the live region, the summary and the export. Pure. */
import { formatMeasured, unitName, type Measured } from "@/components/ui/format";
import { formatLocal, formatUtc, type Zone } from "@/components/ui/format-time";
import type { ChartLimit, ChartSeriesNames, ChartSpan, ChartWindow } from "./chart-types";

interface WordContext {
  unit: string;
  names: ChartSeriesNames;
  zone: Zone;
}

function side(name: string, point: Measured | null, unit: string): string {
  return point === null || point.value === null ? `${name} no data` : `${name} ${formatMeasured(point, unit)}`;
}

/** One window as a sentence: `03:45:00 UTC: candidate f91b2aa 910 ms [868–952] n=1 204; control … ; beyond the limit`. */
export function windowSentence(window: ChartWindow, { unit, names, zone }: WordContext): string {
  const at = zone === "utc" ? formatUtc(window.atMs, "second") : formatLocal(window.atMs, "second");
  const parts = [side(names.candidate, window.candidate, unit), side(names.control, window.control, unit)];
  if (window.breaching) parts.push("beyond the limit");
  if (window.provisional) parts.push("provisional");
  return `${at.slice(11)}: ${parts.join("; ")}`;
}

/** `03:45:00 to 03:50:00 UTC`. */
export function spanWords({ fromMs, toMs }: ChartSpan, zone: Zone): string {
  const write = (atMs: number): string =>
    (zone === "utc" ? formatUtc(atMs, "second") : formatLocal(atMs, "second")).slice(11);
  return `${write(fromMs).slice(0, 8)} to ${write(toMs)}`;
}

/** One line on the whole chart, for those who do not see it. */
export function chartSummary(
  windows: readonly ChartWindow[],
  context: { unit: string; names: ChartSeriesNames; limit: ChartLimit | null },
): string {
  const { unit, names, limit } = context;
  const breaching = windows.filter((window) => window.breaching).length;
  const withData = windows.filter((window) => window.candidate?.value !== null && window.candidate !== null);
  const latest = withData.at(-1)?.candidate ?? null;
  const parts = [
    `${windows.length} windows, ${withData.length} with data of ${names.candidate}.`,
    latest === null ? "" : `Latest ${formatMeasured(latest, unit)}.`,
    limit === null ? "" : `${limit.label}: ${breaching === 0 ? "no window" : breaching} beyond it.`,
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** The windows as CSV: UTC times, plain numbers in the metric's own unit, empty where there is no data. */
export function chartCsv(windows: readonly ChartWindow[], unit: string): string {
  const header =
    "time,candidate,candidate_lower,candidate_upper,candidate_n,control,control_lower,control_upper,control_n,breaching,provisional,unit";
  const cells = (point: Measured | null): string =>
    point === null ? ",,,0" : `${point.value ?? ""},${point.lower ?? ""},${point.upper ?? ""},${point.count}`;
  const lines = windows.map((window) =>
    [
      new Date(window.atMs).toISOString(),
      cells(window.candidate),
      cells(window.control),
      String(window.breaching),
      String(window.provisional),
      unit,
    ].join(","),
  );
  return [header, ...lines, ""].join("\n");
}

/** `p95 time to first token, ms`. */
export function chartTitle(label: string, unit: string): string {
  const name = unitName(unit);
  return name === "" ? label : `${label}, ${name}`;
}
