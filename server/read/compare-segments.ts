/** The segment table of the Compare screen: what the evaluator found per segment value, most broken first. */
import type { z } from "zod";
import { EVALUATION_STEP_MS, readWindowsOfRule } from "@/server/controller/rule-windows";
import { newest } from "@/server/domain/policy/evaluate-windows";
import { isUndecided, type Finding } from "@/server/domain/policy/evaluation";
import { alignDown } from "@/server/domain/window/window";
import { differenceOf } from "@/server/domain/window/difference";
import type { CompareSubject } from "./compare-subject";
import type { CompareView } from "./compare-view";
import type { ReadDeps } from "./deps";

type SegmentRow = z.input<typeof CompareView>["segments"][number];

/** One row per segment value with a cell per rule; empty without an evaluation or without segments. */
export function compareSegments(deps: ReadDeps, subject: CompareSubject): SegmentRow[] {
  const rows = new Map<string, SegmentRow>();
  for (const finding of subject.evaluation?.findings ?? []) {
    if (finding.segment === undefined) continue;
    const split = finding.segment.indexOf("=");
    const segment = { key: finding.segment.slice(0, split), value: finding.segment.slice(split + 1) };
    const row = rows.get(finding.segment) ?? { segment: segment.key, value: segment.value, cells: [] };
    row.cells.push(cellOf(withWindows(deps, { subject, finding, segment })));
    rows.set(finding.segment, row);
  }
  return [...rows.values()].toSorted((a, b) => breaches(b) - breaches(a) || a.value.localeCompare(b.value, "en"));
}

/** The evaluator reads no windows of quiet segments; they are looked up here, as of the same settled instant. */
function withWindows(
  { telemetry }: ReadDeps,
  { subject, finding, segment }: { subject: CompareSubject; finding: Finding; segment: { key: string; value: string } },
): Finding {
  const threshold = subject.policy?.document.thresholds.find((one) => one.id === finding.rule);
  if (threshold === undefined || finding.candidate.count > 0) return finding;
  const { application, candidateId, controlId, mode, fromMs, settledMs, rollout } = subject;
  const atMs = alignDown(Math.min(settledMs, rollout?.endedAtMs ?? settledMs), EVALUATION_STEP_MS);
  const comparison = { application, candidateId, controlId, candidateTrack: mode, sinceMs: fromMs, dataFromMs: fromMs };
  const windows = readWindowsOfRule(telemetry, { comparison, threshold, atMs, segment });
  return { ...finding, candidate: newest(windows.candidate), control: newest(windows.control) };
}

function breaches(row: SegmentRow): number {
  return row.cells.filter((cell) => cell.verdict === "breach").length;
}

function cellOf(finding: Finding): SegmentRow["cells"][number] {
  const { metric, candidate, control, verdict } = finding;
  const difference =
    candidate.value === null || control.value === null
      ? null
      : differenceOf({ value: candidate.value, ...bounds(candidate) }, { value: control.value, ...bounds(control) });
  return {
    metric,
    candidate,
    control,
    delta: difference?.absolute ?? null,
    clear: difference?.clear ?? false,
    verdict,
    undecided: isUndecided(finding),
  };
}

function bounds({ lower, upper }: Finding["candidate"]): { lower?: number; upper?: number } {
  return { ...(lower === null ? {} : { lower }), ...(upper === null ? {} : { upper }) };
}
