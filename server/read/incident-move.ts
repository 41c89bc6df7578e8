/** The alias move that answered an incident: the newest of the ledger that names it. */
import { listMovesOfAlias, type AliasMoveRow } from "@/server/store/control/aliases";
import type { IncidentRow } from "@/server/store/control/incidents";
import type { ReadDeps } from "./deps";

/** Undefined for an incident about no alias, and for one that nobody answered by a move. */
export function incidentMove({ control }: ReadDeps, incident: IncidentRow): AliasMoveRow | undefined {
  if (incident.alias === null) return undefined;
  const moves = listMovesOfAlias(control, { application: incident.application, alias: incident.alias });
  return moves.findLast((move) => move.incidentId === incident.id);
}
