/** Features of the requests that went wrong beside those of the same release that did not. */
import { featureDrift, type FeatureDrift, type FeatureSamples } from "@/server/domain/blame/feature-drift";
import type { StoredRequest } from "@/server/store/stored-request";
import { wholeBuckets } from "./bucket";
import type { ReadDeps } from "./deps";
import type { IncidentStory } from "./incident-story";
import { segmentValueOf } from "./request-segment";

/** Newest requests looked at on each side: enough to see a shift, few enough to read at once. */
const SAMPLE = 400;

/** Where a limit was broken in one segment, that segment against the rest. Empty without such a segment or features. */
export function incidentDrift({ telemetry }: ReadDeps, story: IncidentStory): FeatureDrift[] {
  const { application, releaseId } = story.incident;
  const segment = story.breaches.find((breach) => breach.segment !== undefined)?.segment;
  if (releaseId === null || segment === undefined) return [];
  const range = wholeBuckets(story.period.fromMs, story.period.toMs + 1);
  const filter = { application, releaseId, ...range };
  const wrong = telemetry.listRequests({ ...filter, segment }, { limit: SAMPLE }).items;
  const all = telemetry.listRequests(filter, { limit: SAMPLE * 2 }).items;
  const right = all.filter((one) => segmentValueOf(one, segment.key) !== segment.value);
  return featureDrift(samplesOf(wrong, right));
}

function samplesOf(wrong: readonly StoredRequest[], right: readonly StoredRequest[]): FeatureSamples[] {
  const [a, b] = [valuesByFeature(wrong), valuesByFeature(right)];
  return [...a].map(([name, values]) => ({ name, wrong: values, right: b.get(name) ?? [] }));
}

function valuesByFeature(requests: readonly StoredRequest[]): Map<string, number[]> {
  const values = new Map<string, number[]>();
  for (const { features } of requests) {
    for (const { view, name, value } of features) {
      if (typeof value !== "number" || !Number.isFinite(value)) continue;
      const key = `${view}/${name}`;
      const known = values.get(key);
      if (known === undefined) values.set(key, [value]);
      else known.push(value);
    }
  }
  return values;
}

/** `Feature releases/average_queue_minutes: median 1440 in region=us-west (n=80), 14 elsewhere (n=310)`. */
export function driftWords(
  { name, medianWrong, medianRight, countWrong, countRight }: FeatureDrift,
  segment: string,
): string {
  const said = (value: number): string => String(Number(value.toPrecision(4)));
  return `Feature ${name}: median ${said(medianWrong)} in ${segment} (n=${countWrong}), ${said(medianRight)} elsewhere (n=${countRight})`;
}
