/** What is known of a judge now: its agreement with people and its anchor runs. Changes nothing. */
import { agreementOf, labelsLastUntil, RECENT_LABEL_MS, type Agreement } from "@/server/domain/judge/agreement";
import { anchorDrift, type AnchorPoint, type AnchorRun } from "@/server/domain/judge/anchor-drift";
import type { ControlReader } from "@/server/store/control/database";
import { listJudgeAnchors, listJudgeLabels, type JudgeKey } from "@/server/store/control/judges";

export interface JudgeRecord {
  agreement: Agreement;
  /** When fewer than the least labels will be recent, unless new ones come; null with fewer already. */
  labelsLastUntilMs: number | null;
  /** Oldest run first. */
  anchors: AnchorPoint[];
  drifting: boolean;
}

/** A judge version's record for one score at `nowMs`. */
export function judgeRecord(db: ControlReader, key: JudgeKey, nowMs: number): JudgeRecord {
  const labels = listJudgeLabels(db, { ...key, afterMs: nowMs - RECENT_LABEL_MS });
  const agreement = agreementOf(labels, nowMs);
  const runs = new Map<number, Map<string, number>>();
  for (const { atMs, itemId, value } of listJudgeAnchors(db, key)) {
    const run = runs.get(atMs) ?? new Map<string, number>();
    runs.set(atMs, run.set(itemId, value));
  }
  const anchors = anchorDrift([...runs].map(([atMs, scores]): AnchorRun => ({ atMs, scores })));
  return {
    agreement,
    labelsLastUntilMs: labelsLastUntil(labels, nowMs),
    anchors,
    drifting: anchors.at(-1)?.drifting ?? false,
  };
}
