/** Reads what somebody pins to an incident, whole, so that it is kept as it is now. */
import { z } from "zod";
import { invalidInput, notFound } from "@/server/domain/errors";
import type { PinnedEvidence } from "@/server/domain/incident/evidence";
import { closedObject } from "@/server/domain/input";
import { metricLabel, parseMetric } from "@/server/domain/metric/metric";
import { TimeInput } from "@/server/domain/time";
import type { FrozenChart } from "@/server/domain/postmortem/chart";
import { alignDown, alignUp } from "@/server/domain/window/window";
import { findIncident } from "@/server/store/control/incidents";
import { BUCKET_MS } from "./bucket";
import type { ReadDeps } from "./deps";
import { frozenSteps } from "./postmortem-charts";

const Segment = z.object({ key: z.string().min(1).max(128), value: z.string().min(1).max(256) });

/** What to pin, as a caller names it. */
export const EvidenceInput = z.discriminatedUnion("kind", [
  closedObject({ kind: z.literal("request"), requestId: z.string().min(1).max(128) }),
  closedObject({
    kind: z.literal("chart"),
    metric: z.string().min(1).max(128),
    releaseId: z.string().min(1).max(64),
    controlId: z.string().min(1).max(64).optional(),
    segment: Segment.optional(),
    from: TimeInput,
    to: TimeInput,
  }),
]);
export type EvidenceInput = z.output<typeof EvidenceInput>;

/** Points of a pinned chart. */
const POINTS = 120;

/** @throws DomainError `not_found` for an unknown incident or request; `invalid_input` for what is no metric or no range. */
export function readEvidence(
  deps: ReadDeps,
  { incidentId, evidence }: { incidentId: string; evidence: EvidenceInput },
): PinnedEvidence {
  const incident = findIncident(deps.control, incidentId);
  if (incident === undefined) throw notFound("incident", incidentId);
  const { application } = incident;
  if (evidence.kind === "chart") return { kind: "chart", chart: chartOf(deps, { application, evidence }) };
  const { requestId } = evidence;
  const stored = deps.telemetry.findRequest({ requestId, application });
  if (stored === undefined) throw notFound(`request of ${application}`, requestId);
  const scores = stored.scores.map(({ name, value, judge }) => ({ name, value, judge }));
  return { kind: "request", request: { ...stored, scores } };
}

function chartOf(
  { telemetry }: ReadDeps,
  { application, evidence }: { application: string; evidence: Extract<EvidenceInput, { kind: "chart" }> },
): FrozenChart {
  const { metric: name, releaseId, controlId, segment, from, to } = evidence;
  const metric = parseMetric(name);
  if (metric === undefined) {
    throw invalidInput(`${name} is not a metric: write one like p95_ttft_ms or error_rate`, [
      { pointer: "/evidence/metric", message: "must be a metric" },
    ]);
  }
  if (from >= to) {
    throw invalidInput("from must be before to", [{ pointer: "/evidence/from", message: "must be before to" }]);
  }
  const stepMs = alignUp(Math.max(BUCKET_MS, (to - from) / POINTS), BUCKET_MS);
  const frame = { fromMs: alignDown(from, stepMs), toMs: alignUp(to, BUCKET_MS), stepMs };
  const scope = { application, ...(segment === undefined ? {} : { segment }) };
  const place = segment === undefined ? null : `${segment.key}=${segment.value}`;
  return {
    title: place === null ? metricLabel(metric) : `${metricLabel(metric)} in ${place}`,
    metric: name,
    segment: place,
    candidateId: releaseId,
    controlId: controlId ?? null,
    ...frame,
    limit: null,
    bad: null,
    marks: [],
    steps: frozenSteps(telemetry, { scope, metric, releaseId, controlId: controlId ?? null, frame }),
  };
}
