/** The audit log in pages. */
import type { z } from "zod";
import { listAudit, listAuditAfter, toAuditEntry, type AuditFilter, type AuditRow } from "@/server/store/control/audit";
import { numberCursor } from "@/server/store/cursor";
import { listCheckpoints } from "@/server/store/control/checkpoints";
import { Checkpoint, keyFingerprint } from "@/server/domain/audit/checkpoint";
import { findRepository } from "@/server/store/control/gitops";
import { listOutbox } from "@/server/store/control/outbox";
import { notFound } from "@/server/domain/errors";
import type { AuditEntryView, AuditKeyView, AuditPageView, AuditWitnessView, CheckpointPageView } from "./audit-view";
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

/** Effects of one repository looked at: more than wait in a week of silence. */
const WITNESSED = 200;

/** Whether and how far an application's git repository keeps the signed checkpoints. */
export function auditWitness(
  { control }: ReadDeps,
  { application }: { application: string },
): z.input<typeof AuditWitnessView> {
  const repository = findRepository(control, application);
  const configured = repository !== undefined && repository.writeBack !== "off";
  const rows = configured ? listOutbox(control, { target: `witness:${application}`, limit: WITNESSED }) : [];
  const kept = rows.find(({ deliveredAtMs }) => deliveredAtMs !== null);
  const waiting = rows.filter(({ deliveredAtMs }) => deliveredAtMs === null);
  return {
    configured,
    kept:
      kept === undefined
        ? null
        : { size: Checkpoint.parse(kept.payload).size, at: kept.deliveredAtMs ?? kept.createdAtMs },
    waiting: waiting.length,
    error: waiting.at(-1)?.lastError ?? null,
  };
}

function entryView(row: AuditRow): z.input<typeof AuditEntryView> {
  const { at: _, ...entry } = toAuditEntry(row);
  return { ...entry, at: row.atMs };
}
