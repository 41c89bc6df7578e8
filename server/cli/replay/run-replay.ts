/**
 * The controller's own evaluation at every tick of the data's time. Decisions do not stop it, so that a recovery is seen;
 * the same requests give the same answer, byte for byte.
 */
import { evaluateRollout } from "@/server/controller/evaluate-rollout";
import { LATENESS_MS } from "@/server/controller/evidence-buckets";
import type { StoredEvidence } from "@/server/controller/rollout-evidence";
import { EVALUATION_STEP_MS } from "@/server/controller/rule-windows";
import type { EvaluationViolation } from "@/server/domain/policy/evaluation";
import type { Policy } from "@/server/domain/policy/policy";
import type { Decision } from "@/server/domain/vocabulary";
import { alignDown, alignUp } from "@/server/domain/window/window";
import type { LoadedReplay } from "./load-replay";

/** A decision that is not the one of the tick before; the first of all included. */
export interface DecisionChange {
  /** The tick: when the controller would have decided, epoch ms. */
  readonly atMs: number;
  readonly decision: Decision;
  readonly violations: readonly EvaluationViolation[];
}

export interface ReplaySummary {
  /** The last decision; null when there was nothing to evaluate. */
  readonly final: Decision | null;
  readonly firstRollbackMs: number | null;
  readonly firstPauseMs: number | null;
  readonly evaluations: number;
}

/** Evaluates tick by tick, tells every change of decision, and sums up. */
export function runReplay(
  { telemetry, situation, span }: LoadedReplay,
  { tickMs, onChange }: { tickMs: number; onChange: (change: DecisionChange) => void },
): ReplaySummary {
  let final: Decision | null = null;
  let evaluations = 0;
  let evidence: StoredEvidence | undefined;
  let decidedToMs = -Infinity;
  const firstMs = new Map<Decision, number>();
  if (span !== undefined) {
    const endMs = alignUp(settledMs(situation.policy, span.lastMs), tickMs);
    const startMs = alignDown(situation.comparison.sinceMs, tickMs) + tickMs;
    for (let nowMs = startMs; nowMs <= endMs; nowMs += tickMs) {
      telemetry.moveTo(nowMs);
      const result = evaluateRollout(telemetry, { ...situation, previousEvidence: evidence }, nowMs);
      // A tick at which nothing new has settled decides nothing.
      if (result.atMs <= decidedToMs) continue;
      decidedToMs = result.atMs;
      evidence = result.evidence;
      evaluations += 1;
      const { decision, violations } = result.evaluation;
      if (!firstMs.has(decision)) firstMs.set(decision, nowMs);
      if (decision !== final) onChange({ atMs: nowMs, decision, violations });
      final = decision;
    }
  }
  return {
    final,
    firstRollbackMs: firstMs.get("rollback") ?? null,
    firstPauseMs: firstMs.get("pause_for_review") ?? null,
    evaluations,
  };
}

/** When the newest request is decided on: its bucket is over and old enough. */
function settledMs({ evidence, settleMs }: Policy, lastMs: number): number {
  const bucketEndMs = alignDown(lastMs, EVALUATION_STEP_MS) + EVALUATION_STEP_MS;
  return bucketEndMs + (evidence === "confident" ? Math.max(settleMs, LATENESS_MS) : settleMs);
}
