/** One gate per threshold of a live rollout: its word and what it is based on, from the newest evaluation. */
import { metricLabel } from "@/server/domain/metric/metric";
import { isUndecided, type Finding } from "@/server/domain/policy/evaluation";
import { describeThreshold } from "@/server/domain/policy/describe-policy";
import type { Threshold } from "@/server/domain/policy/policy";
import type { Freshness, Verdict } from "./common-view";
import { staleWords } from "./freshness";
import { links } from "./links";
import type { LoadedRollout } from "./rollout-summary";

export interface RolloutGate {
  metric: string;
  label: string;
  verdict: Verdict;
  undecided: boolean;
  detail: string;
  href: string;
}

/** A finding in one segment speaks for the gate only when it is worse than what all requests say. */
const ALARMS: readonly Verdict[] = ["breach", "watch", "environment"];

/** In the policy's order. With stale telemetry nothing is said to pass. */
export function rolloutGates(loaded: LoadedRollout, freshness: Freshness): RolloutGate[] {
  const { row, policy, evaluation } = loaded;
  const stale = staleWords(freshness);
  return policy.thresholds.map((threshold) => {
    const finding = worstFinding(evaluation?.seen.findings ?? [], threshold);
    const { verdict, detail } = said(finding, { threshold, evidence: policy.evidence });
    const unknown = stale !== undefined && verdict === "pass";
    return {
      metric: threshold.name,
      label: metricLabel(threshold.metric),
      verdict: unknown ? "no_data" : verdict,
      undecided: !unknown && finding !== undefined && isUndecided(finding),
      detail: unknown ? `${stale}; before that: ${detail}` : detail,
      href: links.compare(row.application, {
        rolloutId: row.id,
        metric: threshold.name,
        ...(finding?.segment === undefined ? {} : { segment: finding.segment }),
      }),
    };
  });
}

function worstFinding(findings: readonly Finding[], threshold: Threshold): Finding | undefined {
  const own = findings.filter((finding) => finding.rule === threshold.id);
  const whole = own.find((finding) => finding.segment === undefined);
  for (const verdict of ALARMS) {
    if (whole?.verdict === verdict) return whole;
    const segment = own.find((finding) => finding.verdict === verdict);
    if (segment !== undefined) return segment;
  }
  return whole;
}

function said(
  finding: Finding | undefined,
  { threshold, evidence }: { threshold: Threshold; evidence: "confident" | "window" },
): { verdict: Verdict; detail: string } {
  if (finding === undefined) {
    return { verdict: "no_data", detail: `not evaluated yet. ${describeThreshold(threshold, evidence)}` };
  }
  const where = finding.segment === undefined || finding.detail.includes(finding.segment) ? "" : `${finding.segment}: `;
  const dryRun = finding.dryRun ? "dry run, decides nothing: " : "";
  return { verdict: finding.verdict, detail: `${dryRun}${where}${finding.detail}` };
}
