/**
 * `evidence: window`: one rule judged on its window values alone. A breach is a run of windows beyond the limit, counted
 * back from the newest; too little data is said to be too little.
 */
import { formatMetricValue } from "@/server/domain/metric/format-metric";
import type { JudgeStanding } from "@/server/domain/judge/judge-standing";
import type { Finding, Sample } from "./evaluation";
import { formatDuration } from "./duration";
import type { ThresholdAction } from "@/server/domain/vocabulary";
import type { Threshold } from "./policy";
import { consecutiveBreaches } from "./sustained-breach";
import { checkThreshold, inSegment, type Violation } from "./threshold";
import { violationWords } from "./violation-words";

/** A threshold and the windows it is judged on. */
export interface RuleWindows {
  readonly threshold: Threshold;
  /** `region=us-west`; absent for all requests. */
  readonly segment?: string;
  /** Windows that end at successive evaluation instants, oldest first; the newest is the settled one being decided on. */
  readonly candidate: readonly Sample[];
  /** The control's windows over the same ranges. */
  readonly control: readonly Sample[];
  /** What a score's judges let the rule decide; absent: whatever the policy says. */
  readonly judges?: JudgeStanding;
  /** Why the candidate's requests cannot state the metric at all, in words. */
  readonly unmeasured?: string;
}

const NOTHING: Sample = { count: 0, value: null, lower: null, upper: null };

/** The newest of the windows; an empty one when there is none. */
export function newest(samples: readonly Sample[]): Sample {
  return samples.at(-1) ?? NOTHING;
}

/** Whether the rule compares with the control rather than with a fixed limit. */
export function isRelative(threshold: Threshold): boolean {
  return threshold.bound.kind === "max_increase" || threshold.bound.kind === "max_decrease";
}

/** What a broken rule asks for: a rollback only where the judge behind the score may drive one. */
export function actionOf({ threshold, judges }: RuleWindows): ThresholdAction {
  return judges?.demoted !== undefined && threshold.action === "rollback" ? "pause_for_review" : threshold.action;
}

/** The finding's words, and why the rule may do less than the policy says. */
export function withDemotion(detail: string, { threshold, judges }: RuleWindows): string {
  return judges?.demoted === undefined || threshold.action !== "rollback" ? detail : `${detail}; ${judges.demoted}`;
}

/** The violation of the newest window alone, run or not; undefined within the limit or without enough data. */
export function newestViolation(windows: RuleWindows): Violation | undefined {
  const { segment, candidate, control } = windows;
  const threshold = { ...windows.threshold, action: actionOf(windows) };
  const violation = checkThreshold(threshold, judged(newest(candidate), threshold), judged(newest(control), threshold));
  return violation === undefined || segment === undefined ? violation : inSegment(violation, segment);
}

/** Judges one rule. Missing data is never `pass` and never `breach`. */
export function findFromWindows(windows: RuleWindows): Finding {
  const { threshold, candidate, control } = windows;
  const breaching = consecutiveBreaches(
    candidate.map((sample) => judged(sample, threshold)),
    threshold,
    control.map((sample) => judged(sample, threshold)),
  );
  const now = newest(candidate);
  const verdict = windowVerdict(windows, breaching);
  return {
    rule: threshold.id,
    metric: threshold.name,
    ...(windows.segment === undefined ? {} : { segment: windows.segment }),
    action: threshold.action,
    dryRun: threshold.dryRun,
    verdict,
    candidate: now,
    control: newest(control),
    breaching,
    required: threshold.consecutive,
    needed: now.count < threshold.minRequests ? threshold.minRequests : null,
    detail: withDemotion(describeFinding(windows, verdict, breaching), windows),
  };
}

/** A window's value, or undefined when it has too few requests to be judged. */
function judged(sample: Sample, threshold: Threshold): number | undefined {
  return sample.value === null || sample.count < threshold.minRequests ? undefined : sample.value;
}

function windowVerdict(windows: RuleWindows, breaching: number): Finding["verdict"] {
  const { threshold, candidate, control, judges } = windows;
  if (windows.unmeasured !== undefined) return "not_comparable";
  if (judges?.incomparable !== undefined) return newest(candidate).count === 0 ? "no_data" : "not_comparable";
  if (breaching >= threshold.consecutive) return "breach";
  const now = newest(candidate);
  if (now.count === 0) return "no_data";
  if (now.count < threshold.minRequests) return "collecting";
  if (isRelative(threshold) && judged(newest(control), threshold) === undefined) return "not_comparable";
  return breaching > 0 ? "watch" : "pass";
}

function describeFinding(windows: RuleWindows, verdict: Finding["verdict"], breaching: number): string {
  const { threshold } = windows;
  const now = newest(windows.candidate);
  const length = formatDuration(threshold.windowMs);
  switch (verdict) {
    case "no_data":
      return `no data in the last ${length}`;
    case "collecting":
      return `${now.count} of ${threshold.minRequests} requests in the last ${length}`;
    case "not_comparable":
      if (windows.unmeasured !== undefined) return windows.unmeasured;
      if (windows.judges?.incomparable !== undefined) return windows.judges.incomparable;
      return `the control has ${newest(windows.control).count} of ${threshold.minRequests} requests in the last ${length}`;
    case "breach":
    case "watch": {
      const broken = newestViolation(windows);
      const words = broken === undefined ? "" : violationWords(broken);
      return threshold.consecutive === 1
        ? words
        : `${words}, ${breaching} of ${threshold.consecutive} windows in a row`;
    }
    case "pass":
    case "environment":
      return now.value === null
        ? `no value in the last ${length}`
        : `${formatMetricValue(threshold.metric, now.value)} over ${length}, within the limit`;
  }
}
