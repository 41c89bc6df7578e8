/** What every verb that moves an alias shares: the pointer and its ledger row in one write, and what is told outside. */
import { conflict, notFound, preconditionFailed } from "@/server/domain/errors";
import type { AliasMoveCause } from "@/server/domain/vocabulary";
import { moveAliasRow, type AliasKey, type AliasRow, type ReleaseMarkRow } from "@/server/store/control/aliases";
import { findRelease, type ReleaseRow } from "@/server/store/control/releases";
import { announceAliasMove } from "./outside-effects";
import type { Act } from "./perform";

/** A move that has been decided and audited. */
export interface DecidedMove extends AliasKey {
  /** The alias as it was read, or undefined when it did not exist. */
  current: AliasRow | undefined;
  /** What stops serving: usually `current`'s release; for a rolled-back canary, the candidate. */
  fromReleaseId: string | null;
  toReleaseId: string;
  cause: AliasMoveCause;
  reason: string;
  rolloutId: string | null;
  incidentId: string | null;
  auditSeq: number;
}

/** Writes the move and its outbox rows; returns the alias' new revision. */
export function writeMove(act: Act, { current, auditSeq, ...move }: DecidedMove): number {
  const { actor, nowMs } = act.context;
  const revision = moveAliasRow(act.tx, {
    ...move,
    auditSeq,
    atMs: nowMs,
    actor,
    expectedRevision: current?.revision ?? 0,
  });
  if (revision === undefined) throw preconditionFailed(`alias ${move.alias} moved meanwhile: read it again`);
  announceAliasMove(act, {
    ...move,
    revision,
    actor: { kind: actor.kind, id: actor.id, name: actor.name },
    atMs: nowMs,
    auditId: auditSeq,
  });
  return revision;
}

/** @throws DomainError `not_found` unless the release is registered for the application. */
export function requireRelease(act: Act, key: { application: string; releaseId: string }): ReleaseRow {
  const release = findRelease(act.tx, key);
  if (release === undefined) throw notFound(`release of ${key.application}`, key.releaseId);
  return release;
}

/** Names an alias in audit targets. */
export function aliasTarget({ application, alias }: AliasKey): string {
  return `application/${application}/alias/${alias}`;
}

/** The refusal to serve a release that was taken out: by a rollback that marked it bad, or by break-glass. */
export function quarantined(
  held: Pick<ReleaseMarkRow, "releaseId" | "alias" | "incidentId" | "reason"> & { cause?: AliasMoveCause },
  remedy: string,
): Error {
  const incident = held.incidentId === null ? "" : ` in incident ${held.incidentId}`;
  const event = held.cause === "break_glass" ? "break-glass took it out" : "a rollback marked it bad";
  return conflict(
    `release ${held.releaseId} is quarantined on ${held.alias}: ${event}${incident} (${held.reason}). ${remedy}`,
  );
}
