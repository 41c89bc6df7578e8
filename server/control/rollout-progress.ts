/** How a rollout goes forward: past its gates, from step to step, to its promotion. Every verb that advances one is here. */
import type { GateCheck } from "@/server/domain/gate/gate-check";
import { promotionGate } from "@/server/domain/gate/promotion-gate";
import type { Policy } from "@/server/domain/policy/policy";
import { moveOnAbort, movesOnward, type RolloutMove } from "@/server/domain/rollout/steps";
import { findAlias } from "@/server/store/control/aliases";
import type { ControlReader } from "@/server/store/control/database";
import type { ReleaseRow } from "@/server/store/control/releases";
import type { RolloutRow } from "@/server/store/control/rollouts";
import { writeMove } from "./alias-core";
import { freeChecks } from "./free-checks";
import { itemsOf, resultsOf } from "./gate-core";
import { notify, type NotifyKind } from "./outside-effects";
import { writeAudit, type Act } from "./perform";
import { applyMove, rolloutState, rolloutTarget, type MoveNote } from "./rollout-core";

/** What the gates say about a rollout in `gating`: the moves that follow, none while evidence is missing. */
export interface GateOutcome {
  moves: RolloutMove[];
  reason: string;
  checks: readonly GateCheck[];
}

interface Gated {
  rollout: Pick<RolloutRow, "application" | "alias" | "candidateId" | "controlId" | "stepIndex">;
  policy: Policy;
  candidate: ReleaseRow;
  /** A person lets the candidate come back with this very start. */
  isCleared?: boolean;
}

/**
 * The free checks come first; then the golden-set results are held to the policy's gates. What is broken rejects the
 * candidate, or pauses it where only a person can weigh it: different feature fingerprints, nothing to roll back to. What
 * is not known yet keeps it waiting. A policy without gates waits for nothing, and is stopped by what is broken all the
 * same. An approval overrides.
 */
export function judgeGates(db: ControlReader, given: Gated): GateOutcome {
  const { rollout, policy } = given;
  const free = freeChecksOf(db, given);
  const rejecting = free.filter((check) => isBroken(check) && standingOf(check) === "rejects");
  if (rejecting.length > 0) return { moves: [rejected(rollout)], reason: failedWords(rejecting), checks: free };
  const paid = paidChecks(db, given);
  const checks = [...free, ...paid.checks];
  const failed = paid.checks.filter(({ passed }) => !passed);
  if (paid.verdict === "refuse") return { moves: [rejected(rollout)], reason: failedWords(failed), checks };
  const missing = free.filter((check) => !check.passed && !needsPerson(check));
  const unknown = [...(policy.gates.length === 0 ? missing.filter(isBroken) : missing), ...failed];
  if (unknown.length > 0) {
    return { moves: [], reason: `waiting for evidence: ${unknown.map(({ message }) => message).join("; ")}`, checks };
  }
  const doubtful = free.filter(needsPerson);
  if (doubtful.length > 0) {
    const reason = `a person must decide: ${doubtful.map(({ message }) => message).join("; ")}`;
    const to = { state: "paused", pausedFrom: "gating", stepIndex: rollout.stepIndex } as const;
    return { moves: [{ event: { type: "pause" }, to }], reason, checks };
  }
  const reason = policy.gates.length === 0 ? "the policy has no gates, and no free check failed" : "all gates passed";
  const position = { state: "gating", pausedFrom: null, stepIndex: rollout.stepIndex } as const;
  return { moves: movesOnward(policy, position), reason, checks };
}

function freeChecksOf(db: ControlReader, { rollout, policy, candidate, isCleared = false }: Gated): GateCheck[] {
  const { alias, controlId } = rollout;
  const gates = policy.gates.length;
  // That a policy without gates asks nothing is its author's decision, once a rollout is under it.
  const asked = gates === 0 ? undefined : { policy: policy.name, gates };
  const checks = freeChecks(db, { release: candidate, alias, baselineId: controlId ?? undefined, asked });
  return checks.filter(({ name }) => !(isCleared && name === "quarantine"));
}

function paidChecks(db: ControlReader, { rollout, policy }: Gated): ReturnType<typeof promotionGate> {
  const { application, controlId } = rollout;
  const key = { application, releaseId: rollout.candidateId };
  const baseKey = controlId === null ? undefined : { application, releaseId: controlId };
  return promotionGate({
    candidate: resultsOf(db, key),
    gates: policy.gates,
    items: { candidate: itemsOf(db, key), baseline: baseKey === undefined ? [] : itemsOf(db, baseKey) },
    ...(baseKey === undefined ? {} : { baseline: resultsOf(db, baseKey) }),
  });
}

/** A registry may not have been read since the version came: a rollout waits for it, and is not thrown away. */
function standingOf({ name }: GateCheck): "rejects" | "waits" | "pauses" {
  if (name.startsWith("parity/") || name === "rollback_target") return "pauses";
  return name === "components" ? "waits" : "rejects";
}

function isBroken({ passed, observed }: GateCheck): boolean {
  return !passed && observed !== null;
}

function needsPerson(check: GateCheck): boolean {
  return isBroken(check) && standingOf(check) === "pauses";
}

function failedWords(failed: readonly GateCheck[]): string {
  return `gates failed: ${failed.map(({ message }) => message).join("; ")}`;
}

function rejected({ stepIndex }: Gated["rollout"]): RolloutMove {
  return { event: { type: "gates_failed" }, to: { pausedFrom: null, stepIndex, state: "rejected" } };
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

/** Ends a live rollout, audited as `action`: its candidate serves nobody any more, and what serves goes on serving. */
export function endWithoutVerdict(
  act: Act,
  { rollout, action, reason }: { rollout: RolloutRow; action: string; reason: string },
): RolloutRow {
  const move = moveOnAbort(rollout);
  const auditSeq = writeAudit(act, {
    action,
    target: rolloutTarget(rollout),
    before: rolloutState(rollout),
    after: rolloutState(move.to),
    reason,
  });
  return carryOut(act, { rollout, moves: [move], note: { reason, auditSeq } });
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
