/**
 * Which releases may not come back to an alias until a person says so: those that a rollback marked bad, and those that
 * break-glass took out. Read from the ledger and the marks; nothing else remembers it.
 */
import type { Quarantine } from "@/server/domain/gitops/plan";
import {
  listAliases,
  listMovesOfAlias,
  listReleaseMarks,
  type AliasKey,
  type AliasMoveRow,
  type ReleaseMarkRow,
} from "@/server/store/control/aliases";
import type { ControlReader } from "@/server/store/control/database";

/** The quarantine of a release on an alias, or undefined. */
export function findQuarantine(db: ControlReader, key: AliasKey & { releaseId: string }): Quarantine | undefined {
  return quarantinesOf(db, key).find(({ releaseId }) => releaseId === key.releaseId);
}

/** Every quarantine of an application. */
export function listQuarantines(db: ControlReader, application: string): Quarantine[] {
  // A first release that failed marked an alias that does not exist yet.
  const rows = [...listAliases(db, application), ...listReleaseMarks(db, { application })];
  return [...new Set(rows.map(({ alias }) => alias))].flatMap((alias) => quarantinesOf(db, { application, alias }));
}

function quarantinesOf(db: ControlReader, { application, alias }: AliasKey): Quarantine[] {
  const newestMarks = new Map<string, ReleaseMarkRow>();
  for (const mark of listReleaseMarks(db, { application, alias })) newestMarks.set(mark.releaseId, mark);
  const held = new Map<string, Quarantine>();
  for (const move of listMovesOfAlias(db, { application, alias })) {
    // Whoever brought it back has been asked already.
    held.delete(move.toReleaseId);
    if (move.cause !== "break_glass" || move.fromReleaseId === null) continue;
    if (!isClearedSince(newestMarks.get(move.fromReleaseId), move))
      held.set(move.fromReleaseId, takenOut(move, move.fromReleaseId));
  }
  for (const mark of newestMarks.values()) {
    if (mark.mark === "bad") held.set(mark.releaseId, markedBad(mark));
  }
  return [...held.values()];
}

function isClearedSince(mark: ReleaseMarkRow | undefined, move: AliasMoveRow): boolean {
  return mark?.mark === "cleared" && mark.atMs >= move.atMs;
}

function takenOut({ alias, cause, reason, incidentId, atMs }: AliasMoveRow, releaseId: string): Quarantine {
  return { alias, releaseId, cause, reason, incidentId, sinceMs: atMs };
}

function markedBad({ alias, releaseId, reason, incidentId, atMs }: ReleaseMarkRow): Quarantine {
  return { alias, releaseId, cause: "rollback", reason, incidentId, sinceMs: atMs };
}
