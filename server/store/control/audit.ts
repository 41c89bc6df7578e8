/**
 * The audit log: entries are sealed in a hash chain inside the transaction of what they tell about, and never changed.
 * An entry is hashed in the very form in which it is exported, so that an export can be verified as it is.
 */
import { and, asc, desc, eq, gt, gte, lt, lte, or } from "drizzle-orm";
import { auditEntries } from "@/db/control/schema/audit";
import type { CanonicalValue } from "@/server/domain/canonical-text";
import type { ActorKind, AuditEntry } from "@/server/domain/audit/chain";
import { sealEntry } from "@/server/domain/audit/chain";
import { toRfc3339 } from "@/server/domain/time";
import type { Role } from "@/server/domain/vocabulary";
import { numberCursor } from "@/server/store/cursor";
import type { ControlDatabase, ControlReader, ControlTx, Page } from "./database";
import { pageOf } from "./database";

export type AuditRow = typeof auditEntries.$inferSelect;

/** What happened, before it has a place in the chain. */
export interface NewAuditEntry {
  atMs: number;
  actor: { kind: ActorKind; id: string; name: string; role: Role | null };
  action: string;
  target: string;
  /** JSON of what changed; members that are undefined are left out. */
  before?: unknown;
  after?: unknown;
  reason?: string;
  requestId?: string;
}

/**
 * Seals an entry behind the newest one and stores it; returns its `seq`. The transaction holds the write lock, so nothing
 * comes between. Text is made well-formed first: SQLite would replace a lone surrogate, and the entry would not verify.
 */
export function appendAudit(tx: ControlTx, entry: NewAuditEntry): number {
  const head = findAuditHead(tx);
  const actor = { ...entry.actor, id: wellFormed(entry.actor.id), name: wellFormed(entry.actor.name) };
  const target = wellFormed(entry.target);
  const reason = entry.reason === undefined ? undefined : wellFormed(entry.reason);
  const requestId = entry.requestId === undefined ? undefined : wellFormed(entry.requestId);
  const before = plainJson(entry.before);
  const after = plainJson(entry.after);
  const sealed = sealEntry(head, {
    at: toRfc3339(entry.atMs),
    actor: { kind: actor.kind, id: actor.id, name: actor.name, ...(actor.role === null ? {} : { role: actor.role }) },
    action: entry.action,
    target,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(reason === undefined ? {} : { reason }),
    ...(requestId === undefined ? {} : { requestId }),
  });
  tx.insert(auditEntries)
    .values({
      seq: sealed.seq,
      atMs: entry.atMs,
      actorKind: actor.kind,
      actorId: actor.id,
      actorName: actor.name,
      actorRole: actor.role,
      action: entry.action,
      target,
      before,
      after,
      reason,
      requestId,
      prevHash: sealed.prevHash,
      hash: sealed.hash,
    })
    .run();
  return sealed.seq;
}

/** Lone surrogates become U+FFFD, as they would in UTF-8. */
function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, "\u{FFFD}");
}

/** The value as it is read back from its column; null is kept as absent, because a column cannot tell them apart. */
function plainJson(value: unknown): CanonicalValue | undefined {
  if (value === undefined || value === null) return undefined;
  // What JSON.parse returns is a canonical value, once integers that no two languages write alike are text.
  return JSON.parse(JSON.stringify(value, (_, member: unknown) => safeNumber(member))) as CanonicalValue;
}

function safeNumber(member: unknown): unknown {
  return Number.isInteger(member) && !Number.isSafeInteger(member) ? String(member) : member;
}

/** The entry in the form that was hashed: what the columns hold, unchecked, so that a forgery shows. */
export function toAuditEntry(row: AuditRow): AuditEntry {
  return {
    seq: row.seq,
    at: timeText(row.atMs),
    actor: {
      kind: row.actorKind as ActorKind,
      id: row.actorId,
      name: row.actorName,
      ...(row.actorRole === null ? {} : { role: row.actorRole as Role }),
    },
    action: row.action,
    target: row.target,
    ...(row.before === null ? {} : { before: row.before as CanonicalValue }),
    ...(row.after === null ? {} : { after: row.after as CanonicalValue }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.requestId === null ? {} : { requestId: row.requestId }),
    prevHash: row.prevHash,
    hash: row.hash,
  };
}

function timeText(ms: number): string {
  const isTime = Number.isFinite(new Date(ms).getTime());
  return isTime ? toRfc3339(ms) : String(ms);
}

/** The newest entry: where the chain stands. */
export function findAuditHead(db: ControlReader): { seq: number; hash: string } | undefined {
  return db
    .select({ seq: auditEntries.seq, hash: auditEntries.hash })
    .from(auditEntries)
    .orderBy(desc(auditEntries.seq))
    .limit(1)
    .get();
}

export function findAuditEntry(db: ControlReader, seq: number): AuditRow | undefined {
  return db.select().from(auditEntries).where(eq(auditEntries.seq, seq)).get();
}

/** Entries after `afterSeq`, oldest first, at most `limit`: exports and verification walk the log with it. */
export function listAuditAfter(
  db: ControlReader,
  { afterSeq, limit }: { afterSeq: number; limit: number },
): AuditRow[] {
  return db
    .select()
    .from(auditEntries)
    .where(gt(auditEntries.seq, afterSeq))
    .orderBy(asc(auditEntries.seq))
    .limit(limit)
    .all();
}

/**
 * Entries after `afterSeq` as verification needs them: read without trusting the columns, so that what is no JSON any
 * more becomes a value that cannot have been hashed rather than an error.
 */
export function readStoredChain(
  db: ControlDatabase,
  { afterSeq, limit }: { afterSeq: number; limit: number },
): AuditEntry[] {
  const rows = db.$client
    .prepare<[number, number], StoredText>(
      `SELECT seq, at_ms AS atMs, actor_kind AS actorKind, actor_id AS actorId, actor_name AS actorName,
        actor_role AS actorRole, action, target, "before", "after", reason, request_id AS requestId,
        prev_hash AS prevHash, hash
      FROM audit_entries WHERE seq > ? ORDER BY seq LIMIT ?`,
    )
    .all(afterSeq, limit);
  return rows.map((row) => toAuditEntry({ ...row, before: parseStored(row.before), after: parseStored(row.after) }));
}

type StoredText = Omit<AuditRow, "before" | "after"> & { before: string | null; after: string | null };

function parseStored(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

export interface AuditFilter {
  /** `application/deploy-assistant` and everything below it. */
  target?: string;
  action?: string;
  actorId?: string;
  fromMs?: number;
  toMs?: number;
  limit: number;
  /** The last shown `seq`. */
  cursor?: string;
}

/** `0` follows `/`, so this is every target that starts with `target/`. */
const isBelow = (target: string) => and(gte(auditEntries.target, `${target}/`), lt(auditEntries.target, `${target}0`));

/** Newest first. */
export function listAudit(db: ControlReader, filter: AuditFilter): Page<AuditRow> {
  const { target, action, actorId, fromMs, toMs, cursor, limit } = filter;
  const rows = db
    .select()
    .from(auditEntries)
    .where(
      and(
        target === undefined ? undefined : or(eq(auditEntries.target, target), isBelow(target)),
        action === undefined ? undefined : eq(auditEntries.action, action),
        actorId === undefined ? undefined : eq(auditEntries.actorId, actorId),
        fromMs === undefined ? undefined : gte(auditEntries.atMs, fromMs),
        toMs === undefined ? undefined : lte(auditEntries.atMs, toMs),
        cursor === undefined ? undefined : lt(auditEntries.seq, numberCursor(cursor)),
      ),
    )
    .orderBy(desc(auditEntries.seq))
    .limit(limit + 1)
    .all();
  return pageOf(rows, { limit, keyOf: (row) => String(row.seq) });
}
