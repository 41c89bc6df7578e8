/** Counters that move with every change of state: what live pages compare to know what to fetch again. Each is a seek. */
import { and, eq, isNull, max } from "drizzle-orm";
import { aliasAcks, aliasMoves } from "@/db/control/schema/alias";
import { auditEntries } from "@/db/control/schema/audit";
import { incidentEvents } from "@/db/control/schema/incident";
import { evaluations, rollouts, rolloutTransitions } from "@/db/control/schema/rollout";
import type { ControlReader } from "./database";

export type ChangeMarks = Readonly<Record<"aliases" | "rollouts" | "incidents" | "audit", string>>;

/** The counters. Evaluations count for this application only, as they come with every tick; the rest is rare. */
export function readChangeMarks(db: ControlReader, application: string): ChangeMarks {
  const transition = db
    .select({ newest: max(rolloutTransitions.id) })
    .from(rolloutTransitions)
    .get();
  const live = db
    .select({ id: rollouts.id })
    .from(rollouts)
    .where(and(eq(rollouts.application, application), isNull(rollouts.endedAtMs)))
    .all();
  const evaluated = live.map(({ id }) =>
    db
      .select({ newest: max(evaluations.atMs) })
      .from(evaluations)
      .where(eq(evaluations.rolloutId, id))
      .get(),
  );
  return {
    aliases: mark(
      db
        .select({ newest: max(aliasMoves.id) })
        .from(aliasMoves)
        .get(),
    ),
    rollouts: JSON.stringify([mark(transition), ...evaluated.map(mark)]),
    // A gateway's word is a step of a rollback, which the incident shows.
    incidents: JSON.stringify([
      mark(
        db
          .select({ newest: max(incidentEvents.id) })
          .from(incidentEvents)
          .get(),
      ),
      mark(
        db
          .select({ newest: max(aliasAcks.confirmedAtMs) })
          .from(aliasAcks)
          .where(eq(aliasAcks.application, application))
          .get(),
      ),
    ]),
    audit: mark(
      db
        .select({ newest: max(auditEntries.seq) })
        .from(auditEntries)
        .get(),
    ),
  };
}

function mark(row: { newest: number | null } | undefined): string {
  return String(row?.newest ?? 0);
}
