/**
 * The controller's own evaluation at tick after tick of the data's time, with the evidence carried as the controller
 * carries it. Decisions do not stop it, so that a recovery is seen; the same data give the same answer, byte for byte.
 */
import type { EvaluationViolation } from "@/server/domain/policy/evaluation";
import type { Decision } from "@/server/domain/vocabulary";
import { evaluateRollout, type RolloutSituation } from "./evaluate-rollout";
import type { EvaluationTelemetry } from "./evaluation-telemetry";
import type { StoredEvidence } from "./rollout-evidence";

/** What is replayed, and how often it is looked at. Times in epoch ms. */
export interface ReplayPlan {
  readonly telemetry: EvaluationTelemetry;
  /** The rollout as it was at an instant; undefined while the candidate answered nobody. */
  readonly situationAt: (nowMs: number) => RolloutSituation | undefined;
  /** First and last tick. */
  readonly startMs: number;
  readonly endMs: number;
  readonly tickMs: number;
}

/** One evaluation: when the controller would have made it, and what it would have decided. */
export interface ReplayTick {
  readonly atMs: number;
  readonly decision: Decision;
  readonly violations: readonly EvaluationViolation[];
}

/** Every tick at which something new has settled. */
export function* replayTicks(plan: ReplayPlan): Generator<ReplayTick, void, void> {
  let evidence: StoredEvidence | undefined;
  let decidedToMs = -Infinity;
  for (let nowMs = plan.startMs; nowMs <= plan.endMs; nowMs += plan.tickMs) {
    const situation = plan.situationAt(nowMs);
    if (situation === undefined) continue;
    const result = evaluateRollout(plan.telemetry, { ...situation, previousEvidence: evidence }, nowMs);
    if (result.atMs <= decidedToMs) continue;
    decidedToMs = result.atMs;
    evidence = result.evidence;
    const { decision, violations } = result.evaluation;
    yield { atMs: nowMs, decision, violations };
  }
}

/** What a replay comes to. */
export interface ReplaySummary {
  /** The last decision; null when there was nothing to evaluate. */
  readonly final: Decision | null;
  readonly firstRollbackMs: number | null;
  readonly firstPauseMs: number | null;
  readonly evaluations: number;
}

/** Sums up ticks as they come; `add` says whether the tick decides otherwise than the one before, the first included. */
export class ReplayCount {
  #final: Decision | null = null;
  #evaluations = 0;
  readonly #firstMs = new Map<Decision, number>();

  add({ atMs, decision }: ReplayTick): boolean {
    const changed = decision !== this.#final;
    if (!this.#firstMs.has(decision)) this.#firstMs.set(decision, atMs);
    this.#final = decision;
    this.#evaluations += 1;
    return changed;
  }

  summary(): ReplaySummary {
    return {
      final: this.#final,
      firstRollbackMs: this.#firstMs.get("rollback") ?? null,
      firstPauseMs: this.#firstMs.get("pause_for_review") ?? null,
      evaluations: this.#evaluations,
    };
  }
}
