/**
 * A rollback, automatic or by one click: alias move, rollout end, bad mark, incident, audit entry and outbox rows, in the
 * one transaction of the verb that decided it. Decides nothing itself.
 */
import type { IncidentSeverity } from "@/server/domain/vocabulary";
import { addReleaseMark, type AliasRow } from "@/server/store/control/aliases";
import type { RolloutRow } from "@/server/store/control/rollouts";
import { aliasTarget, writeMove } from "./alias-core";
import { addToTimeline, changeStatus, openOrLink, planIncident } from "./incident-core";
import { writeAudit, type Act } from "./perform";
import { applyMove, rolloutState } from "./rollout-core";

/** What was decided. */
export interface DecidedRollback {
  application: string;
  alias: string;
  /** The alias as it was read; undefined when a first release never got that far. */
  current: AliasRow | undefined;
  failedReleaseId: string;
  /** Null only when nothing served before: then the candidate just ends. */
  targetReleaseId: string | null;
  /** The live rollout, if there is one: `rollback` when its candidate failed, `abort` when its control did. */
  rollout: RolloutRow | undefined;
  end: "rollback" | "abort";
  reason: string;
  /** `decision`: by the controller; `rollback`: by a person or token. */
  cause: "decision" | "rollback";
  severity: IncidentSeverity;
  incidentId?: string | undefined;
  /** Start of the first bad window, when it is known. */
  startedAtMs?: number | undefined;
}

export interface RollbackResult {
  fromReleaseId: string;
  toReleaseId: string | null;
  incidentId: string;
  auditId: number;
  /** The alias' revision after the move; null when there was no alias to move. */
  revision: number | null;
}

export function carryOutRollback(act: Act, decided: DecidedRollback): RollbackResult {
  const { application, alias, current, failedReleaseId, targetReleaseId, rollout, reason } = decided;
  const { nowMs } = act.context;
  const dedupKey = `rollback ${application} ${alias} ${failedReleaseId}`;
  const { incidentId } = decided;
  const plan = planIncident(act, { application, incidentId, dedupKey, releaseId: failedReleaseId });
  const auditId = auditRollback(act, { decided, incidentId: plan.id });
  if (rollout !== undefined) endRollout(act, { rollout, decided, incidentId: plan.id, auditId });
  addReleaseMark(act.tx, {
    application,
    alias,
    releaseId: failedReleaseId,
    mark: "bad",
    atMs: nowMs,
    reason,
    incidentId: plan.id,
    rolloutId: rollout?.id ?? null,
  });
  const revision =
    targetReleaseId === null
      ? null
      : writeMove(act, {
          application,
          alias,
          current,
          fromReleaseId: failedReleaseId,
          toReleaseId: targetReleaseId,
          cause: "rollback",
          reason,
          rolloutId: rollout?.id ?? null,
          incidentId: plan.id,
          auditSeq: auditId,
        });
  const incident = openOrLink(act, {
    plan,
    facts: {
      application,
      title: `${failedReleaseId} rolled back on ${alias}: ${reason}`.slice(0, 300),
      cause: decided.cause,
      severity: decided.severity,
      alias,
      releaseId: failedReleaseId,
      rolloutId: rollout?.id ?? null,
      startedAtMs: decided.startedAtMs ?? null,
      dedupKey,
    },
    auditSeq: auditId,
  });
  tellTimeline(act, { decided, incidentId: plan.id, auditId });
  const mitigated =
    targetReleaseId === null ? `${failedReleaseId} no longer serves` : `${alias} serves ${targetReleaseId}`;
  changeStatus(act, { incident, status: "mitigated", reason: mitigated, auditSeq: auditId });
  return { fromReleaseId: failedReleaseId, toReleaseId: targetReleaseId, incidentId: plan.id, auditId, revision };
}

function auditRollback(act: Act, { decided, incidentId }: { decided: DecidedRollback; incidentId: string }): number {
  const { current, rollout, failedReleaseId, targetReleaseId, end } = decided;
  return writeAudit(act, {
    action: "alias.rolled_back",
    target: aliasTarget(decided),
    before: {
      ...(current === undefined ? {} : { releaseId: current.releaseId, revision: current.revision }),
      ...(rollout === undefined ? {} : { rollout: { id: rollout.id, ...rolloutState(rollout) } }),
    },
    after: {
      ...(targetReleaseId === null ? {} : { releaseId: targetReleaseId, revision: (current?.revision ?? 0) + 1 }),
      ...(rollout === undefined
        ? {}
        : { rollout: { id: rollout.id, state: end === "rollback" ? "rolled_back" : "aborted" } }),
      bad: failedReleaseId,
      incidentId,
    },
    reason: decided.reason,
  });
}

function endRollout(
  act: Act,
  {
    rollout,
    decided,
    incidentId,
    auditId,
  }: { rollout: RolloutRow; decided: DecidedRollback; incidentId: string; auditId: number },
): void {
  const state = decided.end === "rollback" ? "rolled_back" : "aborted";
  const to = { state, pausedFrom: null, stepIndex: rollout.stepIndex } as const;
  const note = { reason: decided.reason, auditSeq: auditId, incidentId };
  applyMove(act, { rollout, move: { event: { type: decided.end }, to }, note });
}

function tellTimeline(
  act: Act,
  { decided, incidentId, auditId }: { decided: DecidedRollback; incidentId: string; auditId: number },
): void {
  const { alias, failedReleaseId, targetReleaseId, reason, rollout } = decided;
  const entry = { incidentId, auditSeq: auditId };
  if (decided.cause === "decision") {
    const data = rollout === undefined ? null : { rolloutId: rollout.id };
    addToTimeline(act, { ...entry, kind: "decision", text: `Decision: roll back. ${reason}`, data });
  }
  if (targetReleaseId === null) return;
  addToTimeline(act, {
    ...entry,
    kind: "alias_move",
    text: `${alias} serves ${targetReleaseId} again; ${failedReleaseId} stops receiving traffic. ${reason}`,
    data: { alias, fromReleaseId: failedReleaseId, toReleaseId: targetReleaseId },
  });
}
