/** The audit log in pages. */
import type { z } from "zod";
import { listAudit, listAuditAfter, toAuditEntry, type AuditFilter, type AuditRow } from "@/server/store/control/audit";
import type { AuditEntryView, AuditPageView } from "./audit-view";
import type { ReadDeps } from "./deps";

/** With `after`: entries with a greater `seq`, oldest first. Else the newest first, narrowed by the filter. */
export function auditPage(
  deps: ReadDeps,
  input: Omit<AuditFilter, "cursor"> & { after?: number | undefined; cursor?: string | undefined },
): z.input<typeof AuditPageView> {
  const { after, cursor, limit, ...filter } = input;
  if (after === undefined) {
    const page = listAudit(deps.control, { ...filter, limit, ...(cursor === undefined ? {} : { cursor }) });
    return { ...page, items: page.items.map(entryView) };
  }
  const afterSeq = Math.max(after, cursor === undefined ? 0 : Number(cursor));
  const rows = listAuditAfter(deps.control, { afterSeq, limit: limit + 1 });
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: items.map(entryView), ...(more ? { nextCursor: String(last.seq) } : {}) };
}

function entryView(row: AuditRow): z.input<typeof AuditEntryView> {
  const { at: _, ...entry } = toAuditEntry(row);
  return { ...entry, at: row.atMs };
}
