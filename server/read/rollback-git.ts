/** The last step of a rollback: git declares what serves again. Said of what was written and delivered, never assumed. */
import { z } from "zod";
import type { WriteBackStatus } from "@/server/domain/gitops/write-back";
import type { AliasMoveRow } from "@/server/store/control/aliases";
import { findRepository, findWriteBack } from "@/server/store/control/gitops";
import { listOutbox, type OutboxRow } from "@/server/store/control/outbox";
import type { ReadDeps } from "./deps";
import type { RollbackProgressView } from "./rollback-preview-view";
import { clockWords } from "@/server/domain/words/time-words";

type Step = RollbackProgressView["steps"][number];

/** Rows of the outbox among which the one of a rollback is looked for. */
const OUTBOX_ROWS = 200;

const OfMove = z.object({ auditId: z.number() });

const WRITTEN: Readonly<Record<WriteBackStatus, Step["state"]>> = {
  committed: "done",
  agreed: "done",
  not_needed: "done",
  proposed: "waiting",
  impossible: "failed",
};

export function gitStep({ control, nowMs }: ReadDeps, move: AliasMoveRow): Step {
  const repository = findRepository(control, move.application);
  if (repository === undefined) return notApplicable("no git repository is connected to this application");
  if (repository.writeBack === "off") return notApplicable("write-back is off: git is changed by hand");
  const rows = listOutbox(control, { target: `git:${move.application}`, limit: OUTBOX_ROWS });
  const row = rows.find(({ payload }) => OfMove.safeParse(payload).data?.auditId === move.auditSeq);
  if (row !== undefined && row.deliveredAtMs === null) return undelivered(row, nowMs);
  const written = findWriteBack(control, move.auditSeq);
  if (written === undefined) {
    // Nothing had to be written.
    return step("done", { at: row?.deliveredAtMs ?? null, detail: `git declares ${move.toReleaseId} already` });
  }
  const state = WRITTEN[written.status];
  return step(state, { at: state === "done" ? written.updatedAtMs : null, detail: written.message });
}

function undelivered(row: OutboxRow, nowMs: number): Step {
  const { attempts, lastError } = row;
  if (lastError === null) {
    return step("waiting", { at: null, detail: "the change is queued; git may still declare the failed release" });
  }
  if (row.gaveUpAtMs !== null) return step("failed", { at: null, detail: `given up: ${lastError}` });
  const next = clockWords(row.nextAttemptAtMs, nowMs);
  return step("running", { at: null, detail: `attempt ${attempts} failed: ${lastError}; next at ${next}` });
}

function notApplicable(detail: string): Step {
  return step("not_applicable", { at: null, detail });
}

function step(state: Step["state"], rest: Pick<Step, "at" | "detail">): Step {
  return { name: "git_reconciled", state, ...rest };
}
