/** Made-up answers for Compare, for the gallery and tests. Never shown by a product page. */
import type { Compare, CompareRow } from "@/components/data/outputs";
import {
  APPLICATION,
  MINUTE,
  SAMPLE_NOW,
  freshness,
  iso,
  sampleCandidate,
  sampleChanges,
  sampleControl,
  sampleRollout,
  wave,
} from "./sample-base";

export function points(seed: number, options: { base: number; rise: number; spread: number }): CompareRow["points"] {
  return Array.from({ length: 36 }, (_, index) => {
    const at = iso((35 - index) * 5 * MINUTE);
    const isGap = index >= 14 && index <= 15;
    const isLate = index >= 24;
    const started = index >= 6;
    const controlValue = options.base + wave(index, seed) * options.spread;
    const candidateValue = options.base * 1.06 + wave(index, seed + 2) * options.spread + (isLate ? options.rise : 0);
    const half = options.spread * 1.6;
    const side = (value: number, count: number): CompareRow["candidate"] => ({
      value,
      lower: value - half,
      upper: value + half,
      count,
    });
    return {
      at,
      candidate: started && !isGap ? side(candidateValue, 112 + index) : null,
      control: side(controlValue, 1010 + index * 3),
      provisional: index >= 34,
      breaching: options.rise > 0 && isLate && index < 34,
    };
  });
}

function row(
  row: Partial<CompareRow> & Pick<CompareRow, "metric" | "label" | "unit">,
  shape: { base: number; rise: number; spread: number },
): CompareRow {
  const series = points(row.metric.length, shape);
  const last = series.at(-3);
  return {
    higherIsWorse: true,
    threshold: null,
    candidate: last?.candidate ?? { value: null, lower: null, upper: null, count: 0 },
    control: last?.control ?? { value: null, lower: null, upper: null, count: 0 },
    delta: null,
    verdict: "pass",
    undecided: false,
    verdictIn: null,
    detail: "Within its limit in all of the last 12 windows.",
    needed: null,
    etaAt: null,
    evidence: null,
    windows: Array.from({ length: 12 }, () => "pass" as const),
    points: series,
    ...row,
  };
}

export const sampleRows: CompareRow[] = [
  row(
    {
      metric: "p95_ttft_ms",
      label: "p95 time to first token",
      unit: "ms",
      threshold: {
        text: "max 850 ms over 5m",
        kind: "max",
        value: 850,
        line: 850,
        action: "rollback",
        windowMs: 300_000,
        consecutive: 3,
        minRequests: 100,
      },
      delta: { absolute: 186, ratio: 0.256, lower: 121, upper: 247, clear: true, better: false },
      verdict: "breach",
      detail: "Above 850 ms in 3 of 3 windows, and worse than the concurrent control.",
      evidence: { log10: 4.1, decidesAt: 3.3 },
      windows: ["pass", "none", "none", "pass", "pass", "thin", "pass", "pass", "pass", "breach", "breach", "breach"],
    },
    { base: 724, rise: 150, spread: 22 },
  ),
  row(
    {
      metric: "task_completion_rate",
      label: "task completion rate",
      unit: "ratio",
      higherIsWorse: false,
      threshold: {
        text: "min 91 % over 30m",
        kind: "min",
        value: 0.91,
        line: 0.91,
        action: "rollback",
        windowMs: 1_800_000,
        consecutive: 1,
        minRequests: 100,
      },
      delta: { absolute: -0.021, ratio: -0.022, lower: -0.044, upper: 0.003, clear: false, better: false },
      verdict: "watch",
      detail: "Close to its limit; the interval still contains it.",
      evidence: { log10: 1.2, decidesAt: 3.3 },
    },
    { base: 0.93, rise: 0, spread: 0.012 },
  ),
  row(
    {
      metric: "groundedness_score",
      label: "groundedness score",
      unit: "score",
      higherIsWorse: false,
      threshold: {
        text: "min 0.82 over 15m",
        kind: "min",
        value: 0.82,
        line: 0.82,
        action: "pause_for_review",
        windowMs: 900_000,
        consecutive: 1,
        minRequests: 100,
      },
      verdict: "collecting",
      detail: "34 of 100 judged answers; decides at about 14:20 UTC at the current rate.",
      needed: 66,
      etaAt: new Date(SAMPLE_NOW + 40 * MINUTE).toISOString(),
      windows: ["none", "none", "thin", "thin", "thin", "thin", "thin", "thin", "thin", "thin", "thin", "thin"],
    },
    { base: 0.85, rise: 0, spread: 0.01 },
  ),
  row(
    {
      metric: "mean_cost_usd",
      label: "mean cost",
      unit: "usd",
      delta: { absolute: -0.000_21, ratio: -0.114, lower: -0.000_3, upper: -0.000_1, clear: true, better: true },
      detail: "11.4 % cheaper than the control.",
    },
    { base: 0.001_84, rise: 0, spread: 0.000_05 },
  ),
  row(
    {
      metric: "error_rate",
      label: "error rate",
      unit: "ratio",
      delta: { absolute: 0, ratio: 0, lower: -0.002, upper: 0.002, clear: false, better: true },
    },
    { base: 0.006, rise: 0, spread: 0.001 },
  ),
  row(
    {
      metric: "toxicity_rate",
      label: "toxicity rate",
      unit: "ratio",
      verdict: "no_data",
      detail: "No scores of this kind have arrived.",
      windows: Array.from({ length: 12 }, () => "none" as const),
    },
    { base: 0.001, rise: 0, spread: 0.0004 },
  ),
];

export const sampleCompare: Compare = {
  application: APPLICATION,
  candidate: sampleCandidate,
  control: sampleControl,
  mode: "canary",
  rollout: sampleRollout,
  freshness,
  sentence:
    "Candidate a0e277e breaches p95 time to first token (910 ms over 850 ms in 3 of 3 windows); the policy rolls back. Cost is 11.4 % lower.",
  tone: "breach",
  decision: "rollback",
  reasons: [
    "p95 time to first token is 910 ms, above 850 ms in 3 of 3 windows, and worse than the control's 724 ms.",
    "Groundedness is waiting for evidence: 34 of 100 judged answers.",
  ],
  violations: [],
  bothTruths: ["Cost is lower: $1.63/1k against $1.84/1k, clear of noise.", "Error rate shows no clear change."],
  changes: sampleChanges,
  traffic: { configuredShare: 0.1, observedShare: 0.098, candidateCount: 4182, controlCount: 38_560, warning: null },
  range: { from: iso(180 * MINUTE), to: iso(0), stepMs: 5 * MINUTE, windowMs: 5 * MINUTE },
  rows: sampleRows,
  segments: ["us-west", "eu-central", "ap-south"].map((value, index) => ({
    segment: "region",
    value,
    cells: sampleRows.slice(0, 3).map((each) => ({
      metric: each.metric,
      candidate: { ...each.candidate, count: index === 2 ? 21 : each.candidate.count },
      control: each.control,
      delta: index === 0 ? 0.31 : 0.012,
      clear: index === 0,
      verdict: index === 0 ? "breach" : index === 2 ? "collecting" : "pass",
      undecided: false,
    })),
  })),
  events: [
    { at: iso(150 * MINUTE), kind: "deploy", label: "canary 2 %" },
    { at: iso(62 * MINUTE), kind: "step", label: "canary 10 %" },
    { at: iso(2 * MINUTE), kind: "rollback", label: "auto rollback" },
  ],
  policy: {
    name: "default",
    version: 7,
    evidence: "confident",
    sentences: [
      "If p95 time to first token is above 850 ms for 3 of 3 five-minute windows with at least 100 requests, roll back.",
      "If task completion is below 91 % over 30 minutes, roll back.",
      "If groundedness is below 0.82 over 15 minutes, pause for review.",
    ],
  },
  incidentId: null,
};

/** One row alone, for parts that draw a single metric. */
export const sampleRow: CompareRow = row(
  { metric: "p95_duration_ms", label: "p95 duration", unit: "ms" },
  { base: 4100, rise: 0, spread: 140 },
);
