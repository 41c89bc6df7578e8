/**
 * A rollback's steps from what really happened: ledger, telemetry, outbox. Visible to everyone, and the same after the tab
 * was closed. Nothing here is assumed to have worked.
 */
import { notFound } from "@/server/domain/errors";
import { policyOf } from "@/server/control/rollout-core";
import { listMovesOfAlias, type AliasMoveRow } from "@/server/store/control/aliases";
import { findIncident, type IncidentRow } from "@/server/store/control/incidents";
import { findRollout, listRolloutsOfAlias } from "@/server/store/control/rollouts";
import { actorOf } from "./actor";
import type { ReadDeps } from "./deps";
import { gatewaysStep } from "./gateway-acks";
import { gitStep } from "./rollback-git";
import { drainStep } from "./rollback-drain";
import { metricsStep } from "./rollback-metrics";
import type { RollbackProgressView } from "./rollback-preview-view";
import { clockWords } from "@/server/domain/words/time-words";

type Step = RollbackProgressView["steps"][number];
type Rollback = AliasMoveRow & { fromReleaseId: string };

/** @throws DomainError `not_found` for an unknown incident, and for one in which nothing was rolled back. */
export function readRollbackProgress(deps: ReadDeps, { incidentId }: { incidentId: string }): RollbackProgressView {
  const incident = findIncident(deps.control, incidentId);
  if (incident === undefined) throw notFound("incident", incidentId);
  const progress = rollbackProgressOf(deps, incident);
  if (progress === null) throw notFound("rollback of incident", incidentId);
  return progress;
}

/** Null when nothing was rolled back in the incident. Of several rollbacks the newest is told. */
export function rollbackProgressOf(deps: ReadDeps, incident: IncidentRow): RollbackProgressView | null {
  const { application, alias } = incident;
  if (alias === null) return null;
  const moves = listMovesOfAlias(deps.control, { application, alias });
  const move = moves.findLast(isRollbackOf(incident.id));
  if (move === undefined) return null;
  const next = moves.find((later) => later.revision > move.revision);
  // Once the alias has moved on, the steps stay as they were then: what happened since is another story.
  const then = { ...deps, nowMs: Math.min(deps.nowMs, next?.atMs ?? Infinity, incident.resolvedAtMs ?? Infinity) };
  // An incident can be reopened by a second rollback: what drained before it says nothing about it.
  const drained = incident.drainedAtMs !== null && incident.drainedAtMs >= move.atMs ? incident.drainedAtMs : null;
  return {
    incidentId: incident.id,
    fromReleaseId: move.fromReleaseId,
    toReleaseId: move.toReleaseId,
    steps: [
      requestedStep(move),
      movedStep(move, { next, nowMs: deps.nowMs }),
      gatewaysStep(then, move),
      drainStep(then, { move, drainedAtMs: drained }),
      metricsStep(then, { move, policy: watchingPolicy(deps, move) }),
      gitStep(deps, move),
    ],
  };
}

function isRollbackOf(incidentId: string): (move: AliasMoveRow) => move is Rollback {
  return (move): move is Rollback =>
    move.incidentId === incidentId && move.cause === "rollback" && move.fromReleaseId !== null;
}

/** Request, authorisation and move are one transaction, hence one instant. */
function requestedStep(move: AliasMoveRow): Step {
  const { kind, label } = actorOf(move);
  const by = kind === "controller" ? "decided by the policy" : `requested by ${label}`;
  return { name: "requested", state: "done", at: move.atMs, detail: `${by}: ${move.reason}` };
}

function movedStep(move: AliasMoveRow, { next, nowMs }: { next: AliasMoveRow | undefined; nowMs: number }): Step {
  const { alias, toReleaseId, revision, auditSeq } = move;
  const since =
    next === undefined ? "" : `; ${alias} moved on to ${next.toReleaseId} at ${clockWords(next.atMs, nowMs)}`;
  const detail = `${alias} points at ${toReleaseId} since revision ${revision} (audit entry ${auditSeq})${since}`;
  return { name: "alias_moved", state: "done", at: move.atMs, detail };
}

/** The failed rollout's policy, else that of the alias' newest rollout. */
function watchingPolicy({ control }: ReadDeps, move: AliasMoveRow): ReturnType<typeof policyOf> | undefined {
  const own = move.rolloutId === null ? undefined : findRollout(control, move.rolloutId);
  const rollout = own ?? listRolloutsOfAlias(control, move).at(-1);
  return rollout === undefined ? undefined : policyOf(control, rollout);
}
