/**
 * Signs how far the audit chain reaches, now and then. Only what continues the last checkpoint is signed: a chain that was
 * changed in between never gets a signature. Each is also told to the applications' repositories. Part of the controller's tick; it changes nothing that it attests.
 */
import { toRfc3339 } from "@/server/domain/time";
import { WALK_START, walkChain } from "@/server/domain/audit/checkpoint";
import { findAuditHead, readStoredChain } from "@/server/store/control/audit";
import { addCheckpoint, listCheckpoints } from "@/server/store/control/checkpoints";
import { listRepositories } from "@/server/store/control/gitops";
import { enqueue } from "@/server/store/control/outbox";
import { withTransaction, type ControlDatabase } from "@/server/store/control/database";
import type { CheckpointKey } from "./checkpoint-key";

/** The kind of effect that tells a repository of a new checkpoint. */
const CHECKPOINT = "audit.checkpoint";

/** A new checkpoint is due after so many entries, or when there is anything new and the last is this old. */
const EVERY_ENTRIES = 1_000;
const EVERY_MS = 3_600_000;
/** Entries verified per call: a long backlog takes several ticks. */
const MOST_AT_ONCE = 5_000;

/** `signed` with the size, `not_due`, or `broken` with the first entry that does not continue the last checkpoint. */
export type CheckpointOutcome =
  | { outcome: "signed"; size: number }
  | { outcome: "not_due" }
  | { outcome: "broken"; firstBroken: number };

/** Before the first checkpoint: the chain is verified from its very first entry. */
const NONE = { size: 0, atMs: 0, hash: undefined };

export function signCheckpoint(
  db: ControlDatabase,
  { key, origin, nowMs }: { key: CheckpointKey; origin: string; nowMs: number },
): CheckpointOutcome {
  const last = listCheckpoints(db, { limit: 1 }).items[0] ?? NONE;
  const headSeq = findAuditHead(db)?.seq ?? 0;
  const added = headSeq - last.size;
  // A log that became shorter than what was signed has lost its end.
  if (added < 0) return { outcome: "broken", firstBroken: headSeq };
  const isDue = added >= EVERY_ENTRIES || (added > 0 && nowMs - last.atMs >= EVERY_MS);
  if (!isDue) return { outcome: "not_due" };
  const entries = readStoredChain(db, { afterSeq: last.size, limit: MOST_AT_ONCE });
  const { firstBroken } = walkChain(WALK_START, entries, { startHash: last.hash });
  const newest = entries.at(-1);
  if (firstBroken !== undefined || newest === undefined) {
    return { outcome: "broken", firstBroken: firstBroken ?? headSeq };
  }
  const checkpoint = key.sign({ origin, size: newest.seq, hash: newest.hash, time: toRfc3339(nowMs) });
  const { time: _, ...row } = checkpoint;
  withTransaction(db, (tx) => {
    addCheckpoint(tx, { ...row, atMs: nowMs });
    for (const { application } of listRepositories(tx)) {
      enqueue(tx, { target: `witness:${application}`, kind: CHECKPOINT, payload: checkpoint, nowMs });
    }
  });
  return { outcome: "signed", size: newest.seq };
}
