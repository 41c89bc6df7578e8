/** What the rollout verbs share: finding a rollout and its policy, and writing moves that the state machine allows. */
import { conflict, notFound, preconditionFailed } from "@/server/domain/errors";
import type { Policy } from "@/server/domain/policy/policy";
import { parsePolicy } from "@/server/domain/policy/policy";
import { PolicyName } from "@/server/domain/ids";
import { isEnded, nextState, possibleEvents } from "@/server/domain/rollout/state-machine";
import type { RolloutMove } from "@/server/domain/rollout/steps";
import { findPolicy } from "@/server/store/control/policies";
import { addTransition, findRollout, writeRollout, type RolloutRow } from "@/server/store/control/rollouts";
import type { ControlReader } from "@/server/store/control/database";
import type { Act } from "./perform";

/** @throws DomainError `not_found`, or `precondition_failed` when the rollout changed since the caller read it. */
export function requireRollout(
  db: ControlReader,
  { rolloutId, expectedRevision }: { rolloutId: string; expectedRevision?: number | undefined },
): RolloutRow {
  const rollout = findRollout(db, rolloutId);
  if (rollout === undefined) throw notFound("rollout", rolloutId);
  if (expectedRevision !== undefined && expectedRevision !== rollout.revision) {
    throw preconditionFailed(
      `rollout ${rolloutId} changed meanwhile: it is ${rollout.state} at revision ${rollout.revision}, ` +
        `not ${expectedRevision}. Read it again and decide again`,
    );
  }
  return rollout;
}

/** Read policies by the digest of their document: a document never changes, and parsing one costs more than a query. */
const parsed = new Map<string, Policy>();
const MOST_PARSED = 256;

/** The policy version that the rollout is pinned to. */
export function policyOf(db: ControlReader, rollout: Pick<RolloutRow, "policyName" | "policyVersion">): Policy {
  const { policyName: name, policyVersion: version } = rollout;
  const row = findPolicy(db, { name, version });
  if (row === undefined) throw notFound("policy", `${name}@${version}`);
  const key = `${name} ${row.digest}`;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  const policy = parsePolicy(row.document, PolicyName.parse(name));
  if (parsed.size >= MOST_PARSED) parsed.clear();
  parsed.set(key, policy);
  return policy;
}

/** What a move writes beside the state: the pause's reason, the incident. */
export interface MoveNote {
  reason: string;
  auditSeq: number;
  pauseReason?: string;
  incidentId?: string | null;
}

/**
 * Writes one move: state, step, revision and the transition row.
 *
 * @throws DomainError `conflict` when the state machine has no such move, naming what is possible.
 */
export function applyMove(
  act: Act,
  { rollout, move, note }: { rollout: RolloutRow; move: RolloutMove; note: MoveNote },
): RolloutRow {
  const { tx, context } = act;
  const { event, to } = move;
  if (nextState(rollout.state, event) !== to.state) throw impossible(rollout, event.type);
  const stepBegins = to.stepIndex !== rollout.stepIndex || event.type === "extend";
  const change = {
    state: to.state,
    pausedFrom: to.pausedFrom,
    pauseReason: to.state === "paused" ? (note.pauseReason ?? note.reason) : null,
    stepIndex: to.stepIndex,
    stepStartedAtMs: stepBegins ? context.nowMs : rollout.stepStartedAtMs,
    endedAtMs: isEnded(to.state) ? context.nowMs : null,
    ...(note.incidentId === undefined ? {} : { incidentId: note.incidentId }),
  };
  if (!writeRollout(tx, { rollout, change })) {
    throw preconditionFailed(`rollout ${rollout.id} changed meanwhile: read it again and decide again`);
  }
  addTransition(tx, {
    rolloutId: rollout.id,
    atMs: context.nowMs,
    event: event.type,
    fromState: rollout.state,
    toState: to.state,
    stepIndex: to.stepIndex,
    actor: context.actor,
    reason: note.reason,
    auditSeq: note.auditSeq,
  });
  return { ...rollout, ...change, revision: rollout.revision + 1 };
}

/** The refusal of a move that the present state does not allow. */
export function impossible(rollout: RolloutRow, event: string): Error {
  const possible = possibleEvents(rollout.state);
  const remedy = possible.length === 0 ? "it has ended" : `possible now: ${possible.join(", ")}`;
  return conflict(`${event} of rollout ${rollout.id} refused: it is ${rollout.state}; ${remedy}`);
}

/** Names a rollout in audit targets. */
export function rolloutTarget(rollout: Pick<RolloutRow, "application" | "id">): string {
  return `application/${rollout.application}/rollout/${rollout.id}`;
}

/** The part of a rollout that audit entries show before and after. */
export function rolloutState(rollout: Pick<RolloutRow, "state" | "stepIndex" | "pausedFrom">): {
  state: string;
  stepIndex: number;
  pausedFrom?: string;
} {
  const { state, stepIndex, pausedFrom } = rollout;
  return { state, stepIndex, ...(pausedFrom === null ? {} : { pausedFrom }) };
}
