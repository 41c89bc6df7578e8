/** Measured impact in words: a difference always with its interval, an extra always against the control. */
import type { Bounded, ImpactRow } from "@/server/domain/incident/impact";
import { SYMPTOMS } from "@/server/domain/incident/symptom";
import { formatMetricValue } from "@/server/domain/metric/format-metric";
import { parseMetric } from "@/server/domain/metric/metric";
import { countDigits, countWords } from "@/server/domain/words/count-words";

/** `-53 points (-62 to -44)` for rates, else in the metric's unit; `—` without a difference. */
export function differenceWords({ metric, difference }: ImpactRow): string {
  if (difference === null) return "—";
  const parsed = parseMetric(metric);
  const isRatio = parsed?.kind === "rate";
  const said = (value: number): string => {
    if (isRatio) return signed(value, `${Math.abs(value * 100).toFixed(1)}`);
    return signed(value, parsed === undefined ? String(Math.abs(value)) : formatMetricValue(parsed, Math.abs(value)));
  };
  return `${withInterval(difference, said)}${isRatio ? " points" : ""}`;
}

/** `47 requests (38 to 56)`: what the release added beyond the control's rate; `—` where a sum means nothing. */
export function extraWords({ extra }: Pick<ImpactRow, "extra">): string {
  if (extra === null) return "—";
  const said = (value: number): string => signed(value, amount(Math.abs(value), extra.unit));
  return `${withInterval(extra, said)}${extra.unit === "usd" ? "" : ` ${extra.unit}`}`;
}

/** `about 47 more requests did not complete the task than at the control's rate (38 to 56)`; undefined unless clearly worse. */
export function harmWords(row: ImpactRow): string | undefined {
  if (row.extra === null || row.worse !== true || row.extra.value <= 0) return undefined;
  const { unit, value, lower, upper } = row.extra;
  const interval = lower === null || upper === null ? "" : ` (${amount(lower, unit)} to ${amount(upper, unit)})`;
  if (unit !== "requests")
    return `about ${amount(value, unit)} more ${row.label.replace("mean ", "")} than at the control's rate${interval}`;
  const parsed = parseMetric(row.metric);
  const event = parsed?.kind === "rate" ? parsed.event : row.metric;
  const words = SYMPTOMS.find((symptom) => symptom.event === event)?.words ?? `had ${event.replaceAll("_", " ")}`;
  return `about ${countWords(Math.round(value), "more request")} ${words} than at the control's rate${interval}`;
}

function withInterval({ value, lower, upper }: Bounded, said: (value: number) => string): string {
  return lower === null || upper === null ? said(value) : `${said(value)} (${said(lower)} to ${said(upper)})`;
}

function amount(value: number, unit: "requests" | "tokens" | "usd"): string {
  if (unit === "usd") return `$${value.toFixed(value !== 0 && Math.abs(value) < 1 ? 3 : 2)}`;
  return countDigits(Math.round(value));
}

function signed(value: number, magnitude: string): string {
  const isNothing = /^[^1-9]*$/.test(magnitude);
  return isNothing ? magnitude : `${value < 0 ? "−" : "+"}${magnitude}`;
}
