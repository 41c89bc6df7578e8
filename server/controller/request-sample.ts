/**
 * Questions that sums cannot answer and that are asked rarely: how far requests of one subject hang together, and
 * whether a breach comes from several subjects. Both read a bounded sample of stored requests.
 */
import { designEffect, dispersionOf, meanDesignEffect, type Dispersion } from "@/server/domain/evidence/dispersion";
import type { Counted, RuleConfig } from "@/server/domain/evidence/rule-config";
import type { StoredRequest } from "@/server/store/stored-request";
import type { EvaluationTelemetry } from "./evaluation-telemetry";
import { observe } from "./observation";
import type { Comparison } from "./rule-windows";

/** Which requests a sample is taken from. */
type SampleFilter = Parameters<EvaluationTelemetry["listRequests"]>[0];

const PAGE = 500;
/** Enough for a stable design effect; read once per rollout. */
const DISPERSION_SAMPLE = 5_000;
/** Rows looked at before a breach is held for want of subjects. */
const SUBJECT_SAMPLE = 5_000;
/** A breach by fewer subjects is one broken tenant, not a release. */
const MIN_SUBJECTS = 3;
const DAY_MS = 86_400_000;

/** The control's newest requests of the day before the rollout, at most 5,000. */
export function controlSample(telemetry: EvaluationTelemetry, comparison: Comparison): StoredRequest[] {
  const { application, controlId, sinceMs } = comparison;
  if (controlId === null) return [];
  const filter: SampleFilter = {
    application,
    releaseId: controlId,
    track: "control",
    fromMs: sinceMs - DAY_MS,
    toMs: sinceMs,
  };
  const sample: StoredRequest[] = [];
  for (const page of pages(telemetry, filter)) {
    sample.push(...page);
    if (sample.length >= DISPERSION_SAMPLE) break;
  }
  return sample;
}

/** The design effect of a rule on the control's sample; 2 and marked as assumed where too few subjects were seen. */
export function dispersionOfRule(counted: Counted, sample: readonly StoredRequest[]): Dispersion {
  const clusters = new Map<string, { n: number; s: number; sum: number; sumSq: number }>();
  for (const request of sample) {
    const observation = observe(counted, request);
    if (observation === undefined) continue;
    const key = request.subjectHash ?? request.requestId;
    const cluster = clusters.get(key) ?? { n: 0, s: 0, sum: 0, sumSq: 0 };
    cluster.n += 1;
    cluster.s += observation.bad ? 1 : 0;
    cluster.sum += observation.value;
    cluster.sumSq += observation.value ** 2;
    clusters.set(key, cluster);
  }
  const list = [...clusters.values()];
  const measured = counted.tentEdges === undefined ? designEffect(list) : meanDesignEffect(list);
  return dispersionOf(clusters.size, measured);
}

/** Whether at least three distinct subjects had the rule's bad event; requests without a subject are their own. */
export function hasEnoughSubjects(telemetry: EvaluationTelemetry, comparison: Comparison, rule: RuleConfig): boolean {
  const { application, candidateId, candidateTrack, sinceMs } = comparison;
  const filter: SampleFilter = {
    application,
    releaseId: candidateId,
    track: candidateTrack,
    // Requests may carry a time before the rollout and still have arrived during it.
    fromMs: sinceMs - DAY_MS,
    ...(rule.segment === undefined ? {} : { segment: { key: rule.segment.name, value: rule.segment.value } }),
  };
  const subjects = new Set<string>();
  let looked = 0;
  for (const page of pages(telemetry, filter)) {
    for (const request of page) {
      if (observe(rule.counted, request)?.bad === true) subjects.add(request.subjectHash ?? request.requestId);
      if (subjects.size >= MIN_SUBJECTS) return true;
    }
    looked += page.length;
    if (looked >= SUBJECT_SAMPLE) return false;
  }
  return false;
}

function* pages(telemetry: EvaluationTelemetry, filter: SampleFilter): Generator<StoredRequest[]> {
  let cursor: string | undefined;
  do {
    const page = telemetry.listRequests(filter, { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    yield page.items;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}
