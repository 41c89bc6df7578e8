/** Human labels of judges' scores, and judges' scores of fixed answers. Rows are only ever added. */
import { and, asc, eq, gt } from "drizzle-orm";
import { judgeAnchors, judgeLabels } from "@/db/control/schema/judge";
import type { ControlReader, ControlTx } from "./database";

export type JudgeLabelRow = typeof judgeLabels.$inferSelect;
export type JudgeAnchorRow = typeof judgeAnchors.$inferSelect;

/** Names one judge version and the score that it gives. */
export interface JudgeKey {
  application: string;
  /** `groundedness@3` */
  judge: string;
  score: string;
}

/** Adds a label once; says whether it was new. */
export function addJudgeLabel(tx: ControlTx, row: Omit<JudgeLabelRow, "id">): boolean {
  return tx.insert(judgeLabels).values(row).onConflictDoNothing().run().changes === 1;
}

/** Labels after an instant, oldest first. */
export function listJudgeLabels(
  db: ControlReader,
  { application, judge, score, afterMs }: JudgeKey & { afterMs: number },
): JudgeLabelRow[] {
  return db
    .select()
    .from(judgeLabels)
    .where(
      and(
        eq(judgeLabels.application, application),
        eq(judgeLabels.judge, judge),
        eq(judgeLabels.score, score),
        gt(judgeLabels.atMs, afterMs),
      ),
    )
    .orderBy(asc(judgeLabels.atMs), asc(judgeLabels.id))
    .all();
}

/** Adds a score of a fixed answer once; says whether it was new. */
export function addJudgeAnchor(tx: ControlTx, row: Omit<JudgeAnchorRow, "id">): boolean {
  return tx.insert(judgeAnchors).values(row).onConflictDoNothing().run().changes === 1;
}

/** Every score of fixed answers, oldest run first. */
export function listJudgeAnchors(db: ControlReader, { application, judge, score }: JudgeKey): JudgeAnchorRow[] {
  return db
    .select()
    .from(judgeAnchors)
    .where(and(eq(judgeAnchors.application, application), eq(judgeAnchors.judge, judge), eq(judgeAnchors.score, score)))
    .orderBy(asc(judgeAnchors.atMs), asc(judgeAnchors.id))
    .all();
}

/** Judges of an application that have a label or a scored anchor, with the scores they give. */
export function listJudges(db: ControlReader, application: string): Pick<JudgeKey, "judge" | "score">[] {
  const labelled = db
    .selectDistinct({ judge: judgeLabels.judge, score: judgeLabels.score })
    .from(judgeLabels)
    .where(eq(judgeLabels.application, application))
    .all();
  const anchored = db
    .selectDistinct({ judge: judgeAnchors.judge, score: judgeAnchors.score })
    .from(judgeAnchors)
    .where(eq(judgeAnchors.application, application))
    .all();
  const all = new Map([...labelled, ...anchored].map((one) => [`${one.judge} ${one.score}`, one]));
  return [...all.keys()].toSorted().flatMap((key) => all.get(key) ?? []);
}
