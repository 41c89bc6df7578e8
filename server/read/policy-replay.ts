/** What a policy would have decided: on a rollout that has been, and on the live ones as they stand now. Changes nothing. */
import { readPolicyText } from "@/server/control/policy-text";
import { evaluateRollout } from "@/server/controller/evaluate-rollout";
import { replayRollout, situationsOf, type RolloutReplay } from "@/server/controller/replay-rollout";
import { notFound } from "@/server/domain/errors";
import type { PolicyName } from "@/server/domain/ids";
import type { PolicyEvaluation } from "@/server/domain/policy/evaluation";
import { parsePolicy, type Policy } from "@/server/domain/policy/policy";
import { detectionMs, outcomeOf, type RolloutTruth } from "@/server/domain/policy/replay-outcome";
import { findBadMark } from "@/server/store/control/aliases";
import { findIncident } from "@/server/store/control/incidents";
import { findPolicy } from "@/server/store/control/policies";
import { findRollout, listLiveRollouts, listTransitions, type RolloutRow } from "@/server/store/control/rollouts";
import type { ReadDeps } from "./deps";
import type { PolicyDryRunView, PolicyReplayView } from "./policy-view";
import { releaseRefs } from "./release-ref";
import { summariseRollout } from "./rollout-summary";

/** How long one replay may take, ms: a page waits for it. What is not reached is said. */
const BUDGET_MS = 10_000;

/** A policy as it is asked about: a draft's text, or a stored version (the one in force without a number). */
export interface PolicyChoice {
  readonly name: PolicyName;
  readonly text?: string | undefined;
  readonly version?: number | undefined;
}

/** @throws DomainError `not_found`; `invalid_input` for a draft that is not valid. */
function choose({ control }: ReadDeps, { name, text, version }: PolicyChoice): Policy {
  if (text !== undefined) return readPolicyText(text, { name }).policy;
  const row = findPolicy(control, { name, version });
  if (row === undefined) throw notFound("policy", version === undefined ? name : `${name}@${version}`);
  return parsePolicy(row.document, name);
}

/** @throws DomainError `not_found` for an unknown rollout or policy; `invalid_input` for a draft that is not valid. */
export async function replayPolicy(
  deps: ReadDeps,
  input: { rolloutId: string; policy: PolicyChoice; signal?: AbortSignal | undefined },
): Promise<PolicyReplayView> {
  const rollout = findRollout(deps.control, input.rolloutId);
  if (rollout === undefined) throw notFound("rollout", input.rolloutId);
  const policy = choose(deps, input.policy);
  const replay = await replayRollout(deps, { rollout, policy, signal: input.signal, budgetMs: BUDGET_MS });
  return replayView(deps, rollout, replay);
}

function replayView(deps: ReadDeps, rollout: RolloutRow, replay: RolloutReplay): PolicyReplayView {
  const { incidentId, startedAtMs, endedAtMs } = rollout;
  const incident = incidentId === null ? undefined : findIncident(deps.control, incidentId);
  const truth = truthOf(deps, rollout);
  const onsetMs = incident?.startedAtMs ?? null;
  const complete = replay.replayedToMs >= replay.untilMs;
  const replayed = { ...replay, truth, onsetMs, startedMs: startedAtMs, complete };
  const acted = replay.changes.find(({ decision }) => decision === "rollback" || decision === "pause_for_review");
  return {
    ...faceOf(deps, rollout),
    startedAt: startedAtMs,
    endedAt: endedAtMs,
    truth,
    onsetAt: onsetMs,
    incidentId,
    happened: { ...whatHappened(deps, rollout), sentence: summariseRollout(deps, rollout).sentence },
    outcome: outcomeOf(replayed),
    firstRollbackAt: replay.firstRollbackMs,
    firstPauseAt: replay.firstPauseMs,
    final: replay.final,
    detectionMs: detectionMs(replayed),
    because: acted?.violations[0]?.message ?? null,
    evaluations: replay.evaluations,
    requests: requestsOf(deps, rollout, replay),
    tickMs: replay.tickMs,
    complete,
    replayedTo: replay.replayedToMs,
    changes: replay.changes.map(({ atMs, decision, violations }) => ({
      at: atMs,
      decision,
      violations: [...violations],
    })),
  };
}

/** A candidate that was taken back later was bad all along, whatever its rollout said. */
function truthOf({ control }: ReadDeps, { application, alias, candidateId, state }: RolloutRow): RolloutTruth {
  if (findBadMark(control, { application, alias, releaseId: candidateId }) !== undefined) return "bad";
  return state === "promoted" ? "good" : state === "rolled_back" ? "bad" : "unknown";
}

/** What the controller did by itself. */
function whatHappened(
  { control }: ReadDeps,
  { id }: RolloutRow,
): { rollbackAt: number | null; pauseAt: number | null } {
  const own = listTransitions(control, id).filter(({ actorKind }) => actorKind === "controller");
  const firstMs = (event: string): number | null => own.find((row) => row.event === event)?.atMs ?? null;
  return { rollbackAt: firstMs("rollback"), pauseAt: firstMs("pause") };
}

function requestsOf({ telemetry }: ReadDeps, rollout: RolloutRow, { untilMs }: RolloutReplay): number {
  const { application, candidateId, controlId, startedAtMs } = rollout;
  return telemetry
    .traffic({ application, fromMs: startedAtMs, toMs: untilMs })
    .filter(({ releaseId }) => releaseId !== null && (releaseId === candidateId || releaseId === controlId))
    .reduce((sum, { count }) => sum + count, 0);
}

/**
 * What a draft would say now of every live rollout of the application, had the rollout run under it from its start.
 *
 * @throws DomainError `not_found` for an unknown policy; `invalid_input` for a draft that is not valid.
 */
export function dryRunPolicy(deps: ReadDeps, input: { application: string; policy: PolicyChoice }): PolicyDryRunView {
  const policy = choose(deps, input.policy);
  const items = listLiveRollouts(deps.control, input.application).flatMap((rollout) => {
    const situation = situationsOf(deps, { rollout, policy })(deps.nowMs);
    if (situation === undefined) return [];
    const { evaluation } = evaluateRollout(deps.telemetry, situation, deps.nowMs);
    const { decision, violations } = evaluation;
    const now = summariseRollout(deps, rollout);
    return [
      {
        ...faceOf(deps, rollout),
        now: { decision: now.decision, sentence: now.sentence },
        would: { decision, sentence: wouldSay(evaluation), violations },
      },
    ];
  });
  return { items };
}

/** Of its rules alone: the draft's steps are not the rollout's, so nothing is said of what a step waits for. */
function wouldSay({ decision, sentence, findings }: PolicyEvaluation): string {
  if (decision !== "continue") return sentence;
  const watched = findings.find(({ verdict }) => verdict === "watch");
  return watched === undefined ? "No limit is broken." : `Watching ${watched.metric}: ${watched.detail}.`;
}

function faceOf({ control }: ReadDeps, rollout: RolloutRow) {
  const { id, application, alias, candidateId, state } = rollout;
  return { rolloutId: id, application, alias, candidate: releaseRefs(control, application)(candidateId), state };
}
