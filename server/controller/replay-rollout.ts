/**
 * What a policy would have decided on a rollout that has been, or is: the controller's own evaluation over the stored
 * data, tick by tick. Bounded, and it lets others run in between: a page asks for it.
 */
import { setImmediate } from "node:timers/promises";
import type { EvaluationViolation } from "@/server/domain/policy/evaluation";
import type { Policy, Step } from "@/server/domain/policy/policy";
import { exposureOf, type Exposure } from "@/server/domain/rollout/steps";
import type { Decision } from "@/server/domain/vocabulary";
import { alignDown, alignUp } from "@/server/domain/window/window";
import { policyOf } from "@/server/control/rollout-core";
import type { ControlDatabase } from "@/server/store/control/database";
import { listTransitions, type RolloutRow } from "@/server/store/control/rollouts";
import type { TelemetryReader } from "@/server/store/telemetry-reader";
import { comparisonOf, rolloutHistory } from "./comparison";
import type { RolloutSituation } from "./evaluate-rollout";
import { LATENESS_MS } from "./evidence-buckets";
import { ReplayCount, replayTicks, type ReplaySummary } from "./replay-ticks";
import { EVALUATION_STEP_MS } from "./rule-windows";
import { scoreJudges } from "./score-judges";

/**
 * Ticks of one replay at most: five hours at 10 s. A longer rollout is looked at less often, with all of its data, and the
 * answer says how often.
 */
const MOST_TICKS = 2_000;
/** Changes of decision that are kept; a rule at its limit may change its mind all night. */
const MOST_CHANGES = 100;
/** Other requests of the same process wait no longer than this, ms. */
const SLICE_MS = 25;

export interface ReplayDeps {
  readonly control: ControlDatabase;
  readonly telemetry: TelemetryReader;
  /** Epoch ms. */
  readonly nowMs: number;
}

export interface RolloutReplayInput {
  readonly rollout: RolloutRow;
  readonly policy: Policy;
  /** Stops it between two slices. */
  readonly signal?: AbortSignal | undefined;
  /** How long it may take, ms; what is not reached by then is left out. */
  readonly budgetMs: number;
}

export interface RolloutReplay extends ReplaySummary {
  /** Every change of decision, the first included. */
  readonly changes: readonly { atMs: number; decision: Decision; violations: readonly EvaluationViolation[] }[];
  /** Time between two looks, ms. */
  readonly tickMs: number;
  /** How far it came, epoch ms; before `untilMs` when the budget ran out. */
  readonly replayedToMs: number;
  readonly untilMs: number;
}

/** @throws DOMException `AbortError` when the signal says so. */
export async function replayRollout(deps: ReplayDeps, input: RolloutReplayInput): Promise<RolloutReplay> {
  const { rollout, policy } = input;
  const startMs = alignDown(rollout.startedAtMs, EVALUATION_STEP_MS) + EVALUATION_STEP_MS;
  const untilMs = rollout.endedAtMs ?? deps.nowMs;
  // What arrived before the end is decided on a moment later.
  const endMs = Math.min(deps.nowMs, alignUp(untilMs + Math.max(policy.settleMs, LATENESS_MS), EVALUATION_STEP_MS));
  const tickMs = alignUp(Math.max(EVALUATION_STEP_MS, (endMs - startMs) / MOST_TICKS), EVALUATION_STEP_MS);
  const situationAt = situationsOf(deps, { rollout, policy });
  const ticks = replayTicks({ telemetry: deps.telemetry, situationAt, startMs, endMs, tickMs });
  return follow(ticks, { ...input, tickMs, startMs, untilMs });
}

async function follow(
  ticks: ReturnType<typeof replayTicks>,
  given: Pick<RolloutReplayInput, "signal" | "budgetMs"> & { tickMs: number; startMs: number; untilMs: number },
): Promise<RolloutReplay> {
  const { signal, budgetMs, tickMs, startMs, untilMs } = given;
  const count = new ReplayCount();
  const changes: RolloutReplay["changes"][number][] = [];
  signal?.throwIfAborted();
  const began = performance.now();
  let sliceBegan = began;
  let replayedToMs = startMs;
  let complete = true;
  for (const tick of ticks) {
    replayedToMs = tick.atMs;
    if (count.add(tick) && changes.length < MOST_CHANGES) changes.push(tick);
    const nowMs = performance.now();
    if (nowMs - began > budgetMs) {
      complete = false;
      break;
    }
    if (nowMs - sliceBegan < SLICE_MS) continue;
    await setImmediate();
    signal?.throwIfAborted();
    sliceBegan = performance.now();
  }
  return { ...count.summary(), changes, tickMs, untilMs, replayedToMs: complete ? untilMs : replayedToMs };
}

/** The rollout at each instant: its comparison and share as they were, under a policy whose one step never ends. */
export function situationsOf(
  deps: ReplayDeps,
  { rollout, policy }: { rollout: RolloutRow; policy: Policy },
): (nowMs: number) => RolloutSituation | undefined {
  const exposures = exposuresOf(deps.control, rollout);
  const comparisons = new Map<string, RolloutSituation>();
  return (nowMs) => {
    const exposure = exposures.findLast(({ fromMs }) => fromMs <= nowMs);
    if (exposure === undefined || exposure.track === "none") return undefined;
    const key = `${exposure.track} ${exposure.percentage}`;
    const known = comparisons.get(key);
    if (known !== undefined) return known;
    const situation = situationOf(deps, { rollout, policy, track: exposure.track, exposure });
    comparisons.set(key, situation);
    return situation;
  };
}

/** What the candidate got, from when on; under the policy that it really ran under. */
function exposuresOf(control: ControlDatabase, rollout: RolloutRow): (Exposure & { fromMs: number })[] {
  const own = policyOf(control, rollout);
  const served = listTransitions(control, rollout.id).flatMap(({ atMs, fromState, toState, stepIndex }) => {
    // The end is where the replay ends; until then, and for the data that is still to settle, it is as it was.
    if (rollout.endedAtMs !== null && atMs >= rollout.endedAtMs) return [];
    // The columns hold the states of the state machine alone.
    const pausedFrom = toState === "paused" ? (fromState as RolloutRow["state"]) : null;
    const state = toState as RolloutRow["state"];
    return state === "draft" ? [] : [{ fromMs: atMs, ...exposureOf(own, { state, pausedFrom, stepIndex }) }];
  });
  return served;
}

function situationOf(
  { control, telemetry, nowMs }: ReplayDeps,
  given: { rollout: RolloutRow; policy: Policy; track: "shadow" | "canary"; exposure: Exposure },
): RolloutSituation {
  const { rollout, track, exposure } = given;
  const step: Step = {
    kind: track,
    share: exposure.percentage / 100,
    minDurationMs: Number.MAX_SAFE_INTEGER,
    minRequests: 1,
  };
  const policy = { ...given.policy, steps: [step] };
  const comparison = comparisonOf(telemetry, { rollout, policy, history: rolloutHistory(control, { rollout, track }) });
  return {
    comparison,
    policy,
    policyVersion: rollout.policyVersion,
    position: { state: track, pausedFrom: null, stepIndex: 0 },
    stepStartedMs: comparison.sinceMs,
    previousEvidence: undefined,
    acknowledged: [],
    judges: scoreJudges({ control, telemetry }, { policy, comparison, nowMs: rollout.endedAtMs ?? nowMs }),
  };
}
