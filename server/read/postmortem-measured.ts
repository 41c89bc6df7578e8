/** What telemetry and the deciding evaluation say of an incident, as cited facts. */
import { SYMPTOMS } from "@/server/domain/incident/symptom";
import { sampleOf, type ImpactRow } from "@/server/domain/incident/impact";
import { parseMetric } from "@/server/domain/metric/metric";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import type { Citation } from "@/server/domain/postmortem/citation";
import type {
  BreachFact,
  DecisionFact,
  ExampleFact,
  ImpactFacts,
  SegmentFact,
  TrafficFact,
} from "@/server/domain/postmortem/facts";
import type { StoredRequest } from "@/server/store/stored-request";
import { utcWords } from "@/server/domain/postmortem/lines";
import { wholeBuckets } from "./bucket";
import type { ReadDeps } from "./deps";
import { measureImpact } from "./incident-impact";
import type { SegmentImpact } from "./incident-segments";
import type { IncidentStory } from "./incident-story";
import type { Evidence } from "./postmortem-evidence";
import { symptomsOf } from "./request-symptom";

const EXAMPLES = 3;
/** Requests looked at for examples. */
const LOOKED_AT = 200;
const DAY_MS = 86_400_000;

/** Each broken limit with its window on both sides. */
export function breachFacts(
  { breaches, evaluation, incident, rollout, controlId }: IncidentStory,
  evidence: Evidence,
): BreachFact[] {
  const { releaseId } = incident;
  if (evaluation === undefined || rollout === undefined || releaseId === null) return [];
  const { atMs } = evaluation.row;
  return breaches.map(({ violation, threshold, candidate, control }) => {
    const { metric, segment, message } = violation;
    const range = { fromMs: atMs - (threshold?.windowMs ?? 0), toMs: atMs };
    const own = evidence.window({ metric, releaseId, segment, ...range, sample: candidate }, rollout);
    const other =
      controlId === null
        ? []
        : evidence.window({ metric, releaseId: controlId, segment, ...range, sample: control }, rollout);
    const cites = [...evidence.evaluation(evaluation.row, rollout), ...own, ...other];
    return { metric, segment, message, candidate, control, cites };
  });
}

/** Null when no policy decided. */
export function decisionFact(
  { evaluation, rollout, incident }: IncidentStory,
  evidence: Evidence,
): DecisionFact | null {
  if (evaluation === undefined || rollout === undefined || incident.cause !== "decision") return null;
  const { row, seen } = evaluation;
  return {
    decision: row.decision,
    policy: `${rollout.policyName}@${row.policyVersion}`,
    mode: seen.mode,
    dataToMs: row.atMs,
    sentence: seen.sentence,
    rules: seen.findings.map(({ metric, segment, verdict, detail }) => ({ metric, segment, verdict, detail })),
    cites: evidence.evaluation(row, rollout),
  };
}

/** Null for an incident about no release. */
export function impactFacts(deps: ReadDeps, story: IncidentStory, evidence: Evidence): ImpactFacts | null {
  const { releaseId } = story.incident;
  const impact = measureImpact(deps, story);
  if (impact === null || releaseId === null) return null;
  const { fromMs, toMs, requests, errors, subjects } = impact;
  const cite = (row: Pick<ImpactRow, "metric" | "candidate">, segment?: string): Citation[] =>
    evidence.window({ metric: row.metric, releaseId, segment, fromMs, toMs, sample: row.candidate }, story.rollout);
  const count = { count: requests, value: requests, lower: null, upper: null };
  const pick = (harm: SegmentImpact["harm"]): SegmentFact[] =>
    impact.segments.filter((segment) => segment.harm === harm).map((segment) => segmentFact(segment, cite));
  return {
    fromMs,
    toMs,
    requests,
    errors,
    subjects,
    rows: impact.rows.map((row) => ({ ...row, cites: cite(row) })),
    hurt: pick("concentrated"),
    alike: pick("alike"),
    spared: pick("spared"),
    cites: cite({ metric: "request_count", candidate: count }),
  };
}

function segmentFact(
  { key, value, requests, share, worst }: SegmentImpact,
  cite: (row: Pick<ImpactRow, "metric" | "candidate">, segment?: string) => Citation[],
): SegmentFact {
  const segment = `${key}=${value}`;
  const count = { count: requests, value: requests, lower: null, upper: null };
  const row = worst ?? { metric: "request_count", candidate: count };
  return { segment, requests, share, worst, cites: cite(row, segment) };
}

/** Newest bad requests of the release where it broke a limit, to look at. */
export function exampleFacts(
  { telemetry }: ReadDeps,
  { incident, breaches, period }: IncidentStory,
  evidence: Evidence,
): ExampleFact[] {
  const { application, releaseId } = incident;
  if (releaseId === null) return [];
  const segment = breaches.find((breach) => breach.segment !== undefined)?.segment;
  const range = wholeBuckets(period.fromMs, period.toMs + 1);
  const filter = { application, releaseId, ...range, ...(segment === undefined ? {} : { segment }) };
  const wanted = wantedSymptoms(breaches);
  return telemetry
    .listRequests(filter, { limit: LOOKED_AT })
    .items.filter((one) => one.track !== "shadow" && symptomsOf(one).some(({ event }) => wanted.has(event)))
    .slice(0, EXAMPLES)
    .map((one) => {
      const words = symptomsOf(one)
        .map((symptom) => symptom.words)
        .join(", ");
      const { requestId, timeMs } = one;
      return {
        words: `For example request ${requestId}${placeWords(one)} at ${utcWords(timeMs)}: ${words}`,
        cites: evidence.request({ requestId, atMs: timeMs, words }),
      };
    });
}

/** The events of the broken limits, else every symptom. */
function wantedSymptoms(breaches: IncidentStory["breaches"]): Set<string> {
  const events = breaches.flatMap(({ violation }) => {
    const metric = parseMetric(violation.metric);
    return metric?.kind === "rate" ? [metric.event] : [];
  });
  return new Set(events.length > 0 ? events : SYMPTOMS.map(({ event }) => event));
}

function placeWords({ region }: StoredRequest): string {
  return region === null ? "" : ` in region=${region}`;
}

/** Null without traffic the day before. */
export function trafficFact(
  { telemetry }: ReadDeps,
  { incident, period }: IncidentStory,
  evidence: Evidence,
): TrafficFact | null {
  const { application } = incident;
  const metric = { kind: "request_count" } as const;
  const range = wholeBuckets(period.fromMs, period.toMs + 1);
  const perSecond = ({ fromMs, toMs }: { fromMs: number; toMs: number }): number =>
    telemetry.aggregate({ application, measure: aggregateKey(metric), fromMs, toMs }).count / ((toMs - fromMs) / 1000);
  const usual = { fromMs: range.fromMs - DAY_MS, toMs: range.fromMs };
  const usualPerSecond = perSecond(usual);
  if (usualPerSecond === 0) return null;
  const sample = sampleOf(metric, telemetry.aggregate({ application, measure: aggregateKey(metric), ...range }));
  const cites = evidence.window({ metric: "request_count", releaseId: "all releases", ...range, sample }, undefined);
  return { perSecond: perSecond(range), usualPerSecond, cites };
}
