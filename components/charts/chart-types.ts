/** What a chart is given. Times are epoch ms; values are in the chart's unit; null is "no data", never zero. */
import type { Measured } from "@/components/ui/format";

export interface ChartWindow {
  atMs: number;
  candidate: Measured | null;
  control: Measured | null;
  /** Too young to decide on. */
  provisional: boolean;
  /** The evaluator found this window beyond the limit; never derived from the drawn line. */
  breaching: boolean;
}

export interface ChartLimit {
  /** Where the line is drawn, in the chart's unit. */
  value: number;
  /** `limit 850 ms`. */
  label: string;
  /** Values above (`max`) or below (`min`) are beyond it. */
  side: "max" | "min";
}

export type ChartEventKind = "deploy" | "rollback" | "pause" | "step" | "policy" | "incident";

export interface ChartEvent {
  atMs: number;
  kind: ChartEventKind;
  label: string;
}

export interface ChartSeriesNames {
  candidate: string;
  control: string;
  /** A shadow candidate is drawn dotted in the shadow colour. */
  candidateIsShadow: boolean;
}

/** A span of time on a chart, half-open. */
export interface ChartSpan {
  fromMs: number;
  toMs: number;
}

export interface ChartRange {
  fromMs: number;
  toMs: number;
  /** Distance between windows; gaps and breach intervals extend half of it around their windows. */
  stepMs: number;
}
