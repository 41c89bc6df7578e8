/**
 * One of several processes that write to the same control database until it is killed. Each committed act is
 * acknowledged on standard output, after the commit and before the next act. Arguments: database, name, releases.
 */
import { writeSync } from "node:fs";
import { openControlDatabase } from "@/db/control/open";
import { abortRollout } from "@/server/control/abort-rollout";
import { approveRollout } from "@/server/control/approve-rollout";
import type { ControlContext } from "@/server/control/context";
import { extendRollout } from "@/server/control/extend-rollout";
import { moveAlias } from "@/server/control/move-alias";
import { pauseRollout } from "@/server/control/pause-rollout";
import { recordEvaluation } from "@/server/control/record-evaluation";
import { rejectRollout } from "@/server/control/reject-rollout";
import { resumeRollout } from "@/server/control/resume-rollout";
import { rollback } from "@/server/control/rollback";
import { startRollout } from "@/server/control/start-rollout";
import { DomainError } from "@/server/domain/errors";
import { findAlias } from "@/server/store/control/aliases";
import { findAuditHead } from "@/server/store/control/audit";
import { withTransaction } from "@/server/store/control/database";
import { findLiveRollout } from "@/server/store/control/rollouts";

const [path = "", name = "", ...releases] = process.argv.slice(2);
const db = openControlDatabase(path);
const alias = { application: "deploy-assistant", alias: "production" };
const role = { role: "admin", scopes: [] } as const;

function context(kind: "person" | "controller"): ControlContext {
  const actor =
    kind === "person"
      ? { kind, id: `usr_${name}`, name, ...role }
      : { kind, id: kind, name: kind, role: null, scopes: [] };
  return { db, nowMs: Date.now(), actor };
}

const ACTS: readonly ((releaseId: string) => void)[] = [
  (releaseId) => {
    const expectedRevision = findAlias(db, alias)?.revision ?? 0;
    moveAlias(context("person"), { ...alias, releaseId, reason: name, cause: "break_glass", expectedRevision });
  },
  (candidate) =>
    startRollout(context("person"), { ...alias, candidate, clearMark: true, policy: "steps", reason: name }),
  () => {
    const live = findLiveRollout(db, alias);
    if (live === undefined) return;
    const seen = { mode: "window", findings: [], violations: [], waitingFor: [], sentence: name } as const;
    const ends = Math.random() < 0.5;
    recordEvaluation(context("controller"), {
      rolloutId: live.id,
      expectedRevision: live.revision,
      atMs: Date.now(),
      evaluation: {
        ...seen,
        findings: [],
        violations: [],
        waitingFor: [],
        decision: ends ? "promote" : "rollback",
        stepComplete: ends,
      },
      codeVersion: "test",
    });
  },
  () => rollback(context("person"), { application: alias.application, reason: name }),
  ...[pauseRollout, resumeRollout, approveRollout, extendRollout, rejectRollout, abortRollout].map((verb) => () => {
    const live = findLiveRollout(db, alias);
    if (live !== undefined) verb(context("person"), { rolloutId: live.id, reason: name });
  }),
];

const breath = new Int32Array(new SharedArrayBuffer(4));

function refusalOf(error: unknown): string {
  if (error instanceof DomainError) return error.code;
  // Who waits too long for the lock is told so and has changed nothing.
  if (error instanceof Error && "code" in error && error.code === "SQLITE_BUSY") return "busy";
  throw error;
}

for (;;) {
  const releaseId = releases[Math.floor(Math.random() * releases.length)] ?? "";
  const act = ACTS[Math.floor(Math.random() * ACTS.length)];
  let outcome = "done";
  let seq: number | undefined;
  try {
    // The outer transaction makes the act and the reading of its audit entry one.
    withTransaction(db, () => {
      const before = findAuditHead(db)?.seq;
      act?.(releaseId);
      const after = findAuditHead(db)?.seq;
      seq = after === before ? undefined : after;
    });
  } catch (error) {
    outcome = refusalOf(error);
    seq = undefined;
  }
  writeSync(1, `${JSON.stringify({ outcome, seq })}\n`);
  // SQLite's lock is not fair: without a breath between its acts one process keeps the others out.
  Atomics.wait(breath, 0, 0, 1 + Math.random() * 10);
}
