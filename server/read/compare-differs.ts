/**
 * What differs in a window of a comparison: each segment value's candidate beside its control, and beside the candidate
 * elsewhere. The same ranking as an incident's, over any range that the reader marks.
 */
import { invalidInput } from "@/server/domain/errors";
import { metricName } from "@/server/domain/metric/metric";
import { toRfc3339 } from "@/server/domain/time";
import { countWords, shareWords } from "@/server/domain/words/count-words";
import { wholeBuckets } from "./bucket";
import type { CompareDiffersView } from "./compare-differs-view";
import { resolveCompareSubject, type CompareInput, type CompareSubject } from "./compare-subject";
import type { ReadDeps } from "./deps";
import { measuredMetrics, type Range } from "./incident-compare";
import { segmentView } from "./incident-impact";
import { IN_SEGMENTS, segmentImpacts, type SegmentImpact } from "./incident-segments";
import { links } from "./links";
import { releaseRefs } from "./release-ref";

/** @throws DomainError as Compare; `invalid_input` for a shadow, which is compared pair by pair. */
export function readCompareDiffers(deps: ReadDeps, input: CompareInput): CompareDiffersView {
  const subject = resolveCompareSubject(deps, input);
  if (subject.mode === "shadow") {
    throw invalidInput("a shadow is compared pair by pair: see /api/v1/compare/pairs", [
      { pointer: "/mode", message: "is shadow" },
    ]);
  }
  const { application, candidateId, controlId } = subject;
  const range = wholeBuckets(input.fromMs ?? subject.fromMs, input.toMs ?? subject.toMs);
  const pair = { application, releaseId: candidateId, controlId };
  const watched = (subject.policy?.document.thresholds ?? []).map(({ metric }) => metricName(metric));
  const metrics = measuredMetrics(deps, { pair, range, names: [...watched, ...IN_SEGMENTS] });
  const { requests, controlRequests } = countOf(deps, subject, range);
  const segments = segmentImpacts(deps, { pair, metrics, range, requests });
  const refs = releaseRefs(deps.control, application);
  return {
    application,
    candidate: refs(candidateId),
    control: controlId === null ? null : refs(controlId),
    range: { from: range.fromMs, to: range.toMs },
    requests,
    controlRequests,
    sentence: sentenceOf({ requests, controlRequests, segments }),
    segments: segments.map(segmentView),
    href: links.requests(application, {
      releaseId: candidateId,
      from: toRfc3339(range.fromMs),
      to: toRfc3339(range.toMs),
    }),
  };
}

function countOf(
  { telemetry }: ReadDeps,
  { application, candidateId, controlId }: CompareSubject,
  range: Range,
): { requests: number; controlRequests: number } {
  const rows = telemetry.traffic({ application, ...range }).filter(({ track }) => track !== "shadow");
  const of = (releaseId: string): number =>
    rows.filter((row) => row.releaseId === releaseId).reduce((sum, { count }) => sum + count, 0);
  return { requests: of(candidateId), controlRequests: controlId === null ? 0 : of(controlId) };
}

function sentenceOf(measured: {
  requests: number;
  controlRequests: number;
  segments: readonly SegmentImpact[];
}): string {
  const { requests, controlRequests, segments } = measured;
  if (requests === 0) return "The candidate answered nothing in this window.";
  if (controlRequests === 0) return "No control answered in this window: there is nothing to compare with.";
  if (segments.length === 0) return "No request in this window carried a segment.";
  const hurt = segments.filter(({ harm }) => harm === "concentrated");
  if (hurt.length > 0) return `It is worse than its control above all in ${hurt.map(whereWords).join(", and ")}.`;
  const alike = segments.filter(({ harm }) => harm === "alike");
  if (alike.length > 0)
    return `It is worse than its control in ${countWords(alike.length, "segment")}, and in none of them more than elsewhere.`;
  return `Nothing stands out: in none of ${countWords(segments.length, "segment")} is it clearly worse than its control.`;
}

/** `region=us-west (task completion rate, 91 % of what it cost)`. */
function whereWords({ key, value, worst, explains }: SegmentImpact): string {
  const cost = explains === null ? "" : `, ${shareWords(explains)} of what it cost`;
  return `${key}=${value}${worst === null ? "" : ` (${worst.label}${cost})`}`;
}
