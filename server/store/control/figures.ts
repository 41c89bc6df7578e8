/** Counts of the control database for monitoring. Small tables and seeks only: it is read every few seconds. */
import { count, eq, isNull, max, ne } from "drizzle-orm";
import { isRehearsal } from "@/server/domain/rehearsal/rehearsal";
import { aliases } from "@/db/control/schema/alias";
import { leases } from "@/db/control/schema/delivery";
import { auditEntries } from "@/db/control/schema/audit";
import { incidents } from "@/db/control/schema/incident";
import { rollouts } from "@/db/control/schema/rollout";
import type { ControlReader } from "./database";
import { listPendingTargets } from "./outbox";
import { isLeaseHeld } from "./readiness";

export interface ControlFigures {
  controllerUp: boolean;
  /** Ticks of the controller since its lease was first taken, and how long they took together, ms. */
  ticks: { count: number; totalMs: number };
  rollouts: { application: string; state: string; value: number }[];
  incidents: { application: string; status: string; value: number }[];
  aliases: { application: string; alias: string; value: number }[];
  outbox: ReturnType<typeof listPendingTargets>;
  auditEntries: number;
}

/** The figures at `nowMs`; rehearsals are in none of them, so that no alarm is about what was broken on purpose. */
export function readControlFigures(db: ControlReader, nowMs: number): ControlFigures {
  return {
    controllerUp: isLeaseHeld(db, { name: "controller", nowMs }),
    ticks: db
      .select({ count: leases.rounds, totalMs: leases.workedMs })
      .from(leases)
      .where(eq(leases.name, "controller"))
      .get() ?? { count: 0, totalMs: 0 },
    rollouts: withoutRehearsals(
      db
        .select({ application: rollouts.application, state: rollouts.state, value: count() })
        .from(rollouts)
        .where(isNull(rollouts.endedAtMs))
        .groupBy(rollouts.application, rollouts.state)
        .all(),
    ),
    incidents: withoutRehearsals(
      db
        .select({ application: incidents.application, status: incidents.status, value: count() })
        .from(incidents)
        .where(ne(incidents.status, "resolved"))
        .groupBy(incidents.application, incidents.status)
        .all(),
    ),
    aliases: withoutRehearsals(
      db
        .select({ application: aliases.application, alias: aliases.alias, value: aliases.revision })
        .from(aliases)
        .all(),
    ),
    outbox: listPendingTargets(db),
    auditEntries:
      db
        .select({ newest: max(auditEntries.seq) })
        .from(auditEntries)
        .get()?.newest ?? 0,
  };
}

function withoutRehearsals<Row extends { application: string }>(rows: Row[]): Row[] {
  return rows.filter(({ application }) => !isRehearsal(application));
}
