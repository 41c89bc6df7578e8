/** How the last 30 days' changes went, for the Overview. */
import { isRehearsal } from "@/server/domain/rehearsal/rehearsal";
import { deliveryOf } from "@/server/domain/rollout/delivery";
import { listMovesSince } from "@/server/store/control/aliases";
import { listIncidentsSince } from "@/server/store/control/incidents";
import type { ReadDeps } from "./deps";
import type { OverviewView } from "./overview-view";

const DAYS = 30;
const DAY_MS = 86_400_000;

export function readDelivery({ control, nowMs }: ReadDeps, application: string): OverviewView["delivery"] {
  // What people break on purpose is no failure of a change.
  if (isRehearsal(application)) return { days: DAYS, ...deliveryOf([], []) };
  const since = { application, sinceMs: nowMs - DAYS * DAY_MS };
  return { days: DAYS, ...deliveryOf(listMovesSince(control, since), listIncidentsSince(control, since)) };
}
