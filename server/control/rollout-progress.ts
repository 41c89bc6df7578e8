/** How a rollout goes forward: past its gates, from step to step, to its promotion. Every verb that advances one is here. */
import type { GateCheck } from "@/server/domain/gate/gate-check";
import { promotionGate } from "@/server/domain/gate/promotion-gate";
import type { Policy } from "@/server/domain/policy/policy";
import { movesOnward, type RolloutMove } from "@/server/domain/rollout/steps";
import { findAlias } from "@/server/store/control/aliases";
import type { ReleaseRow } from "@/server/store/control/releases";
import type { RolloutRow } from "@/server/store/control/rollouts";
import { writeMove } from "./alias-core";
import { itemsOf, parityOf, resultsOf } from "./gate-core";
import { notify, type NotifyKind } from "./outside-effects";
import type { Act } from "./perform";
import { applyMove, type MoveNote } from "./rollout-core";

/** What the gates say about a rollout in `gating`: the moves that follow, none while evidence is missing. */
export interface GateOutcome {
  moves: RolloutMove[];
  reason: string;
  checks: readonly GateCheck[];
}

/**
 * A policy without gates lets the candidate through. A failed gate rejects it; missing results keep it waiting; and a
 * feature view whose fingerprints differ pauses it, so that a person decides.
 */
export function judgeGates(
  { tx }: Act,
  { rollout, policy, candidate }: { rollout: RolloutRow; policy: Policy; candidate: ReleaseRow },
): GateOutcome {
  if (policy.gates.length === 0)
    return { moves: movesOnward(policy, rollout), reason: "the policy has no gates", checks: [] };
  const { application, controlId } = rollout;
  const key = { application, releaseId: rollout.candidateId };
  const baseKey = controlId === null ? undefined : { application, releaseId: controlId };
  const { verdict, checks } = promotionGate({
    candidate: resultsOf(tx, key),
    gates: policy.gates,
    items: { candidate: itemsOf(tx, key), baseline: baseKey === undefined ? [] : itemsOf(tx, baseKey) },
    ...(baseKey === undefined ? {} : { baseline: resultsOf(tx, baseKey) }),
  });
  const failed = checks.filter((check) => !check.passed).map((check) => check.message);
  const at = { pausedFrom: null, stepIndex: rollout.stepIndex };
  if (verdict === "refuse") {
    const move: RolloutMove = { event: { type: "gates_failed" }, to: { ...at, state: "rejected" } };
    return { moves: [move], reason: `gates failed: ${failed.join("; ")}`, checks };
  }
  if (verdict === "unknown") return { moves: [], reason: `waiting for evidence: ${failed.join("; ")}`, checks };
  const broken = parityOf(tx, candidate).filter((view) => view.equal === false);
  if (broken.length > 0) {
    const views = broken.map(({ view, offline, online }) => `${view} offline ${offline}, online ${online}`);
    const to = { ...at, state: "paused", pausedFrom: "gating" } as const;
    return {
      moves: [{ event: { type: "pause" }, to }],
      reason: `feature parity is broken: ${views.join("; ")}`,
      checks,
    };
  }
  return { moves: movesOnward(policy, rollout), reason: "all gates passed", checks };
}

/** Writes the moves in order; the last one may be the promotion, which moves the alias in the same transaction. */
export function carryOut(
  act: Act,
  { rollout, moves, note }: { rollout: RolloutRow; moves: readonly RolloutMove[]; note: MoveNote },
): RolloutRow {
  let row = rollout;
  for (const move of moves) {
    row = applyMove(act, { rollout: row, move, note });
    if (move.event.type === "promote") promote(act, { rollout: row, note });
  }
  const kind = NOTIFY_KINDS[row.state];
  if (moves.length > 0 && kind !== undefined) {
    notify(act, {
      kind,
      application: row.application,
      alias: row.alias,
      releaseId: row.candidateId,
      rolloutId: row.id,
      sentence: `Rollout of ${row.candidateId} to ${row.alias} is ${row.state}: ${note.reason}`,
    });
  }
  return row;
}

/** A promotion is told by the alias' move itself. */
const NOTIFY_KINDS: Readonly<Partial<Record<RolloutRow["state"], NotifyKind>>> = {
  shadow: "rollout.advanced",
  canary: "rollout.advanced",
  soak: "rollout.advanced",
  paused: "rollout.paused",
  rejected: "rollout.rejected",
  aborted: "rollout.aborted",
};

function promote(act: Act, { rollout, note }: { rollout: RolloutRow; note: MoveNote }): void {
  const { application, alias, candidateId, id } = rollout;
  const current = findAlias(act.tx, { application, alias });
  writeMove(act, {
    application,
    alias,
    current,
    fromReleaseId: current?.releaseId ?? null,
    toReleaseId: candidateId,
    cause: "promotion",
    reason: note.reason,
    rolloutId: id,
    incidentId: null,
    auditSeq: note.auditSeq,
  });
}
