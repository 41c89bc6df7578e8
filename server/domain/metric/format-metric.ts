/** How a metric's value is written for people. Never parse what this writes. */
import type { Metric } from "./metric";
import { metricUnit } from "./metric";

/**
 * `910 ms`, `12.4 s`, `1.2 %`, `0.004 %`, `620 tokens`, `0.79`. A mean cost is per thousand requests (`$1.84/1k`), because one
 * request costs too little to read; other amounts are plain dollars.
 */
export function formatMetricValue(metric: Metric, value: number): string {
  switch (metricUnit(metric)) {
    case "ms":
      return formatMs(value);
    case "tokens":
      return `${grouped(value)} tokens`;
    case "usd":
      return metric.kind === "mean" ? `${formatUsd(value * 1000)}/1k` : formatUsd(value);
    case "ratio":
      return formatRatio(value);
    case "score":
      return value.toFixed(2);
    case "requests":
      return grouped(value);
    case "number":
      return grouped(value);
  }
}

function formatMs(value: number): string {
  return Math.abs(value) < 10_000 ? `${grouped(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}

/** Two decimals from one cent on, else two significant digits: $0.0042 must not become $0.00. */
function formatUsd(value: number): string {
  const sign = value < 0 ? "-" : "";
  const amount = Math.abs(value);
  if (amount === 0 || amount >= 0.01) return `${sign}$${separated(amount.toFixed(2))}`;
  return `${sign}$${amount.toPrecision(2)}`;
}

/** One decimal from 1 % on, else two significant digits: a 0.004 limit must show as 0.4 %, a 0.00004 rate as 0.004 %. */
function formatRatio(value: number): string {
  const percent = value * 100;
  return Math.abs(percent) >= 1 ? `${trimmed(percent.toFixed(1))} %` : `${Number(percent.toPrecision(2))} %`;
}

/** Thousands apart; decimals only where the number is small enough to need them. */
function grouped(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 100 || Number.isInteger(value)) return separated(value.toFixed(0));
  return magnitude >= 1 ? trimmed(value.toFixed(1)) : String(Number(value.toPrecision(2)));
}

function separated(digits: string): string {
  return digits.replaceAll(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ",");
}

function trimmed(text: string): string {
  return text.replace(/\.0$/, "");
}
