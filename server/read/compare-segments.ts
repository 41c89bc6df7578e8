/** The segment table of the Compare screen: what the evaluator found per segment value, most broken first. */
import type { z } from "zod";
import type { Finding, PolicyEvaluation } from "@/server/domain/policy/evaluation";
import { differenceOf } from "@/server/domain/window/difference";
import type { CompareView } from "./compare-view";

type SegmentRow = z.input<typeof CompareView>["segments"][number];

/** One row per segment value with a cell per rule; empty without an evaluation or without segments. */
export function compareSegments(evaluation: PolicyEvaluation | undefined): SegmentRow[] {
  const rows = new Map<string, SegmentRow>();
  for (const finding of evaluation?.findings ?? []) {
    if (finding.segment === undefined) continue;
    const split = finding.segment.indexOf("=");
    const row = rows.get(finding.segment) ?? {
      segment: finding.segment.slice(0, split),
      value: finding.segment.slice(split + 1),
      cells: [],
    };
    row.cells.push(cellOf(finding));
    rows.set(finding.segment, row);
  }
  return [...rows.values()].toSorted((a, b) => breaches(b) - breaches(a) || a.value.localeCompare(b.value, "en"));
}

function breaches(row: SegmentRow): number {
  return row.cells.filter((cell) => cell.verdict === "breach").length;
}

function cellOf({ metric, candidate, control, verdict }: Finding): SegmentRow["cells"][number] {
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
  };
}

function bounds({ lower, upper }: Finding["candidate"]): { lower?: number; upper?: number } {
  return { ...(lower === null ? {} : { lower }), ...(upper === null ? {} : { upper }) };
}
