/** The versions of a postmortem, and the actions that are open in all of them. */
import type { z } from "zod";
import { notFound } from "@/server/domain/errors";
import { toRfc3339 } from "@/server/domain/time";
import { countWords } from "@/server/domain/words/count-words";
import { findIncident } from "@/server/store/control/incidents";
import { listOpenActions, listPostmortemVersions } from "@/server/store/control/postmortems";
import { actorOf } from "./actor";
import type { ReadDeps } from "./deps";
import { actionView } from "./postmortem";
import type { ActionListView, PostmortemVersionsView } from "./postmortem-view";

/** Newest first. @throws DomainError `not_found`. */
export function listVersions(
  { control }: ReadDeps,
  { incidentId }: { incidentId: string },
): z.input<typeof PostmortemVersionsView> {
  if (findIncident(control, incidentId) === undefined) throw notFound("incident", incidentId);
  const items = listPostmortemVersions(control, incidentId).map((row) => {
    const { version, status, atMs, note, auditSeq } = row;
    return { version, status, at: atMs, by: actorOf(row), note, auditSeq };
  });
  return { items };
}

/** Open actions, the earliest due first; with `overdue` only those whose day has passed. */
export function listActions(
  { control, nowMs }: ReadDeps,
  { application, overdue, limit }: { application?: string | undefined; overdue: boolean; limit: number },
): z.input<typeof ActionListView> {
  const dueBefore = overdue ? toRfc3339(nowMs).slice(0, 10) : undefined;
  const rows = listOpenActions(control, { application, dueBefore, limit });
  const items = rows.map((row) => actionView(row, nowMs)).filter((item) => !overdue || item.overdue);
  const late = items.filter((item) => item.overdue).length;
  const sentence =
    items.length === 0
      ? `No action is ${overdue ? "overdue" : "open"}.`
      : `${countWords(items.length, "action")} open, ${late} overdue.`;
  return { items, sentence };
}
