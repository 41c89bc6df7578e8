/** The audit log in pages. */
import type { z } from "zod";
import { listAudit, listAuditAfter, toAuditEntry, type AuditFilter, type AuditRow } from "@/server/store/control/audit";
import { numberCursor } from "@/server/store/cursor";
import { listCheckpoints } from "@/server/store/control/checkpoints";
import { keyFingerprint } from "@/server/control/checkpoint-key";
import { notFound } from "@/server/domain/errors";
import type { AuditEntryView, AuditKeyView, AuditPageView, CheckpointPageView } from "./audit-view";
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
  const afterSeq = Math.max(after, cursor === undefined ? 0 : numberCursor(cursor));
  const rows = listAuditAfter(deps.control, { afterSeq, limit: limit + 1 });
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: items.map(entryView), ...(more ? { nextCursor: String(last.seq) } : {}) };
}

/** Signed checkpoints, newest first. */
export function checkpointPage(
  deps: ReadDeps,
  page: { limit: number; cursor?: string },
): z.input<typeof CheckpointPageView> {
  const { items, ...rest } = listCheckpoints(deps.control, page);
  return { ...rest, items: items.map(({ atMs, ...row }) => ({ ...row, time: atMs })) };
}

/** The key that signed the newest checkpoint. @throws DomainError `not_found` before the first. */
export function auditKey(deps: ReadDeps): z.input<typeof AuditKeyView> {
  const [newest] = listCheckpoints(deps.control, { limit: 1 }).items;
  if (newest === undefined) throw notFound("audit checkpoint", "yet: the first is signed within an hour");
  const { publicKey } = newest;
  return { algorithm: "Ed25519", publicKey, fingerprint: keyFingerprint(publicKey) };
}

function entryView(row: AuditRow): z.input<typeof AuditEntryView> {
  const { at: _, ...entry } = toAuditEntry(row);
  return { ...entry, at: row.atMs };
}
