/** When a release began to go wrong, measured: for incidents in which no policy and no alert has said so. */
import { SYMPTOMS, type Symptom } from "@/server/domain/incident/symptom";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import { alignDown, alignUp } from "@/server/domain/window/window";
import { findApplication } from "@/server/store/control/applications";
import type { IncidentRow } from "@/server/store/control/incidents";
import type { TelemetryScope } from "@/server/store/telemetry-reader";
import type { ReadDeps } from "./deps";
import { failingOf, failingShare, isClearlyWorse } from "./request-symptom";

const WINDOW_MS = 600_000;
/** Longer ago, an onset says nothing about this incident. */
const LOOK_BACK_MS = 86_400_000;
const VALUES = 20;

export interface Onset {
  readonly startMs: number;
  /** `start of the first 10 minutes in which clearly more requests failed than at the control`. */
  readonly how: string;
}

/**
 * The first 10 minutes in which the release was clearly worse than its control, in the symptom and segment in which it is
 * so over the whole range too: one bad window among many is chance.
 */
export function incidentOnset(
  deps: ReadDeps,
  {
    incident,
    controlId,
    fromMs,
    toMs,
  }: { incident: IncidentRow; controlId: string | null; fromMs: number; toMs: number },
): Onset | undefined {
  const { application, releaseId } = incident;
  if (releaseId === null || controlId === null) return undefined;
  const range = { fromMs: alignDown(Math.max(fromMs, toMs - LOOK_BACK_MS), WINDOW_MS), toMs: alignUp(toMs, WINDOW_MS) };
  const scopes = [{ application }, ...segmentScopes(deps, { application, releaseId, ...range })];
  const onsets = scopes.flatMap((scope) =>
    SYMPTOMS.flatMap((symptom) => onsetIn(deps, { scope, symptom, releaseId, controlId, ...range })),
  );
  return onsets.toSorted((a, b) => a.startMs - b.startMs)[0];
}

interface Place {
  readonly scope: TelemetryScope;
  readonly symptom: Symptom;
  readonly releaseId: string;
  readonly controlId: string;
  readonly fromMs: number;
  readonly toMs: number;
}

function onsetIn({ telemetry }: ReadDeps, { scope, symptom, releaseId, controlId, fromMs, toMs }: Place): Onset[] {
  const range = { symptom, fromMs, toMs };
  const control = failingShare(telemetry, { scope: { ...scope, releaseId: controlId }, ...range });
  const own = failingShare(telemetry, { scope: { ...scope, releaseId }, ...range });
  if (control.count === 0 || !isClearlyWorse(own, control)) return [];
  const measure = aggregateKey({ kind: "rate", event: symptom.event });
  const steps = telemetry.series({ ...scope, releaseId, measure, fromMs, toMs, stepMs: WINDOW_MS });
  const first = steps.find(({ aggregate }) => isClearlyWorse(failingOf(aggregate, symptom), control));
  if (first === undefined) return [];
  const { segment } = scope;
  const where = segment === undefined ? "" : ` in ${segment.key}=${segment.value}`;
  const how = `start of the first 10 minutes${where} in which clearly more requests ${symptom.words} than at the control`;
  return [{ startMs: first.startMs, how }];
}

function segmentScopes(
  { control, telemetry }: ReadDeps,
  query: { application: string; releaseId: string; fromMs: number; toMs: number },
): TelemetryScope[] {
  const { application } = query;
  const keys = findApplication(control, application)?.segments ?? ["region"];
  return keys.flatMap((key) =>
    telemetry
      .segmentValues({ ...query, key, limit: VALUES })
      .map(({ value }) => ({ application, segment: { key, value } })),
  );
}
