/** The frame of every verb: one immediate transaction, and the audit entry written inside it. */
import { z } from "zod";
import { withTransaction, type ControlTx } from "@/server/store/control/database";
import { appendAudit } from "@/server/store/control/audit";
import type { ControlContext } from "./context";

/** One running verb: its open transaction and who acts, when. */
export interface Act {
  readonly tx: ControlTx;
  readonly context: ControlContext;
}

/** Runs `work` in one immediate transaction: all of what it writes is kept, or nothing. */
export function perform<T>(context: ControlContext, work: (act: Act) => T extends PromiseLike<unknown> ? never : T): T {
  return withTransaction<T>(context.db, (tx) => work({ tx, context }));
}

/** What a verb did, for the audit log. */
export interface AuditNote {
  /** `alias.moved`: noun and past tense. */
  action: string;
  /** `application/deploy-assistant/alias/production`. */
  target: string;
  before?: unknown;
  after?: unknown;
  reason?: string;
}

/** Seals an audit entry in the chain, in the verb's own transaction, and returns its sequence number. */
export function writeAudit({ tx, context }: Act, note: AuditNote): number {
  const { actor, nowMs, requestId } = context;
  return appendAudit(tx, {
    ...note,
    atMs: nowMs,
    actor: { kind: actor.kind, id: actor.id, name: actor.name, role: actor.role },
    ...(requestId === undefined ? {} : { requestId }),
  });
}

/** A reason that people give: audit entries and timelines show it. */
export const Reason = z
  .string({ error: "a reason is needed: say why in one sentence" })
  .trim()
  .min(1, "a reason is needed: say why in one sentence")
  .max(2000, "a reason has at most 2,000 characters");
