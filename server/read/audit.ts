/** The audit log: pages of it, and the verification of its whole chain. */
import { setImmediate as yieldToOthers } from "node:timers/promises";
import type { z } from "zod";
import { GENESIS_HASH, verifyChain } from "@/server/domain/audit/chain";
import { listAudit, listAuditAfter, toAuditEntry, type AuditFilter, type AuditRow } from "@/server/store/control/audit";
import type { AuditEntryView, AuditPageView, AuditVerifyView } from "./audit-view";
import type { ReadDeps } from "./deps";

/** Entries verified between two pauses, in which the process answers others. */
const SLICE = 500;

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

/** Recomputes every hash from the first entry on. Half a minute for a million entries; others are answered meanwhile. */
export async function verifyAudit(deps: ReadDeps): Promise<z.input<typeof AuditVerifyView>> {
  let head = GENESIS_HASH;
  let newestSeq = 0;
  let entries = 0;
  let firstBroken: number | undefined;
  for (;;) {
    const rows = listAuditAfter(deps.control, { afterSeq: newestSeq, limit: SLICE });
    const last = rows.at(-1);
    if (last === undefined) break;
    firstBroken ??= gapBefore(rows, newestSeq) ?? verifyChain(rows.map(toAuditEntry), head).firstBroken;
    entries += rows.length;
    newestSeq = last.seq;
    head = last.hash;
    await yieldToOthers();
  }
  return { entries, valid: firstBroken === undefined, firstBroken: firstBroken ?? null, head, verifiedAt: deps.nowMs };
}

/** The chain from `head` proves no number: the first of a slice must follow the last of the one before. */
function gapBefore(rows: readonly AuditRow[], previousSeq: number): number | undefined {
  const first = rows[0]?.seq;
  return first === previousSeq + 1 ? undefined : first;
}

function entryView(row: AuditRow): z.input<typeof AuditEntryView> {
  const { at: _, ...entry } = toAuditEntry(row);
  return { ...entry, at: row.atMs };
}
