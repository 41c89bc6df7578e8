/** Pinned evidence and frozen charts as answers show them: the kept form, with times as text. */
import { z } from "zod";
import { FrozenChart } from "@/server/domain/postmortem/chart";
import { PinnedRequest, type PinnedEvidence } from "@/server/domain/incident/evidence";
import { Time } from "@/server/domain/time";

const { fromMs: _from, toMs: _to, bad: _bad, marks: _marks, steps: _steps, ...chartShape } = FrozenChart.shape;
const { candidate, control } = FrozenChart.shape.steps.element.shape;

/** Keys of times end in `Ms` inside and do not here. */
export const FrozenChartView = z.object({
  ...chartShape,
  from: Time,
  to: Time,
  bad: z.object({ from: Time, to: Time }).nullable(),
  marks: z.array(z.object({ at: Time, label: z.string() })),
  steps: z.array(z.object({ at: Time, candidate, control })),
});
export type FrozenChartView = z.input<typeof FrozenChartView>;

export function frozenChartView({ fromMs, toMs, bad, marks, steps, ...chart }: FrozenChart): FrozenChartView {
  return {
    ...chart,
    from: fromMs,
    to: toMs,
    bad: bad === null ? null : { from: bad.fromMs, to: bad.toMs },
    marks: marks.map(({ atMs, label }) => ({ at: atMs, label })),
    steps: steps.map(({ atMs, ...samples }) => ({ at: atMs, ...samples })),
  };
}

const { timeMs: _time, features: _features, ...requestShape } = PinnedRequest.shape;

export const PinnedEvidenceView = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("request"),
    request: z.object({
      ...requestShape,
      time: Time,
      features: z.array(
        z.object({ view: z.string(), name: z.string(), value: z.unknown(), timestamp: Time.nullable() }),
      ),
    }),
  }),
  z.object({ kind: z.literal("chart"), chart: FrozenChartView }),
]);
export type PinnedEvidenceView = z.input<typeof PinnedEvidenceView>;

export function pinnedEvidenceView(evidence: PinnedEvidence): PinnedEvidenceView {
  if (evidence.kind === "chart") return { kind: "chart", chart: frozenChartView(evidence.chart) };
  const { timeMs, features, ...request } = evidence.request;
  return {
    kind: "request",
    request: {
      ...request,
      time: timeMs,
      features: features.map(({ timestampMs, ...feature }) => ({ ...feature, timestamp: timestampMs })),
    },
  };
}
