/** Whether a rollout's step may end: its time has passed and its evidence is in. What is missing is said, with an estimate. */
import type { Finding, WaitingFor } from "@/server/domain/policy/evaluation";
import type { Step } from "@/server/domain/policy/policy";

/** What is known of the step at one instant. */
export interface StepInstant {
  readonly step: Step;
  readonly stepStartedMs: number;
  readonly atMs: number;
  /** Requests that the candidate answered since the step began. */
  readonly requests: number;
  /** One finding per rule of the policy; segments' findings do not hold a step up. */
  readonly findings: readonly Finding[];
  /** The last step ends in promotion: with `evidence: confident` its rollback rules must be proven within limits. */
  readonly needsProof: boolean;
}

/**
 * What the step waits for; an empty list means that it is complete. Approval steps wait for people and are not asked
 * here. A rule that only notifies holds nothing up, nor does a dry run.
 */
export function stepWaitsFor(instant: StepInstant): WaitingFor[] {
  const { step, atMs, stepStartedMs, requests } = instant;
  if (step.kind === "approval") return [{ what: "approvals", have: 0, needed: step.required, etaMs: null }];
  const elapsedMs = Math.max(0, atMs - stepStartedMs);
  const durationMs = step.kind === "soak" ? step.durationMs : step.minDurationMs;
  const waiting: WaitingFor[] = [];
  if (elapsedMs < durationMs) {
    waiting.push({ what: "step duration", have: elapsedMs, needed: durationMs, etaMs: durationMs - elapsedMs });
  }
  if (requests < step.minRequests) {
    waiting.push({
      what: "requests",
      have: requests,
      needed: step.minRequests,
      etaMs: estimate(instant, step.minRequests),
    });
  }
  for (const finding of instant.findings) {
    if (!holdsUp(finding)) continue;
    const missing = missingData(finding, instant) ?? missingClearance(finding) ?? missingProof(finding, instant);
    if (missing !== undefined) waiting.push(missing);
  }
  return waiting;
}

/** What is wrong with unfit data is waited for by itself. */
function holdsUp({ segment, dryRun, action, unfit }: Finding): boolean {
  return segment === undefined && !dryRun && action !== "notify" && unfit !== true;
}

const WITHOUT_DATA: ReadonlySet<Finding["verdict"]> = new Set(["no_data", "collecting", "not_comparable"]);

function missingData({ metric, verdict, candidate, needed }: Finding, instant: StepInstant): WaitingFor | undefined {
  if (!WITHOUT_DATA.has(verdict)) return undefined;
  const have = candidate.count;
  const enough = Math.max(needed ?? 0, have + 1);
  return { what: metric, have, needed: enough, etaMs: estimate(instant, enough - have + instant.requests) };
}

/** A rule under suspicion decides nothing yet, but nobody gets more traffic until it is clear. */
function missingClearance({ metric, verdict, breaching }: Finding): WaitingFor | undefined {
  if (verdict !== "watch") return undefined;
  return { what: `${metric} to be clear of its limit`, have: breaching, needed: 0, etaMs: null };
}

function missingProof(finding: Finding, { needsProof }: StepInstant): WaitingFor | undefined {
  const unproven = finding.verdict === "pass" && finding.action === "rollback" && finding.evidence?.proven === false;
  if (!needsProof || !unproven) return undefined;
  const { n, more, etaMs } = finding.evidence ?? {};
  const have = n ?? finding.candidate.count;
  const needed = Math.max(finding.needed ?? 0, have + Math.max(1, more ?? 1));
  return { what: `proof that ${finding.metric} is within its limit`, have, needed, etaMs: etaMs ?? null };
}

/** Time until `needed` requests at the step's own rate so far; null before the first. */
function estimate({ requests, atMs, stepStartedMs }: StepInstant, needed: number): number | null {
  const elapsedMs = atMs - stepStartedMs;
  if (requests === 0 || elapsedMs <= 0) return null;
  return Math.max(0, Math.ceil(((needed - requests) * elapsedMs) / requests));
}
