/**
 * What the controller remembers of live rollouts between ticks, so that it need not read back what it has just written.
 * It belongs to one kept evaluation: when the newest one in the database is another (after a restart, or when another
 * controller held the lease), it is forgotten and read again, and evidence is rebuilt from the buckets since it was
 * last written down. Buckets never change, so that both ways give the same bits.
 */
import type { RuleConfig } from "@/server/domain/evidence/rule-config";
import type { EvaluationViolation } from "@/server/domain/policy/evaluation";
import type { Policy } from "@/server/domain/policy/policy";
import type { Decision } from "@/server/domain/vocabulary";
import type { RolloutHistory } from "./comparison";
import { discardEvidence, type PackedEvidence } from "./evidence-codec";
import type { ScoreJudges } from "./score-judges";
import type { TelemetryHealth } from "./traffic-check";

/** The newest kept evaluation, as far as the next one depends on it. */
export interface NewestEvaluation {
  readonly id: number;
  readonly atMs: number;
  readonly decision: Decision;
  readonly violations: readonly EvaluationViolation[];
}

/** What is looked up only now and then, and whenever something would follow from it. */
export interface Outlook {
  readonly readMs: number;
  readonly judges: ScoreJudges;
  readonly health: TelemetryHealth;
}

export interface RememberedRollout {
  readonly policy: Policy;
  /** Undefined before the first evaluation. */
  readonly newest: NewestEvaluation | undefined;
  /** As the newest evaluation left them, or older where they were read back. */
  readonly evidence: PackedEvidence | undefined;
  readonly split: unknown;
  /** Data time for which they were last written down, epoch ms. */
  readonly writtenAtMs: number;
  /** Built rules of the evidence by their id; they are frozen with it. */
  readonly configs: Map<string, RuleConfig>;
  /** As of one revision of the rollout. */
  readonly history: RolloutHistory | undefined;
  readonly outlook: Outlook | undefined;
}

export class ControllerMemory {
  #rollouts = new Map<string, RememberedRollout>();

  /** What is known of the rollout, if it belongs to this evaluation (undefined: to none yet). */
  recall(rolloutId: string, newestId: number | undefined): RememberedRollout | undefined {
    const known = this.#rollouts.get(rolloutId);
    return known?.newest?.id === newestId ? known : undefined;
  }

  /** What was known before is forgotten, and its evidence discarded unless it is the same. */
  remember(rolloutId: string, rollout: RememberedRollout): void {
    const before = this.#rollouts.get(rolloutId)?.evidence;
    if (before !== undefined && before !== rollout.evidence) discardEvidence(before);
    this.#rollouts.set(rolloutId, rollout);
  }

  /** Forgets rollouts that live no more. */
  keepOnly(rolloutIds: Iterable<string>): void {
    const live = new Set(rolloutIds);
    for (const id of this.#rollouts.keys()) if (!live.has(id)) this.#rollouts.delete(id);
  }
}
