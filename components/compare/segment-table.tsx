/** The same rules per segment value. A thin cell is hatched and never coloured; bold means clear of noise. */
import type { ReactNode } from "react";
import type { Compare, CompareRow } from "@/components/data/outputs";
import { classNames } from "@/components/ui/class-names";
import { formatAbsoluteDifference, formatCount, formatValue } from "@/components/ui/format";
import { ScrollArea } from "@/components/ui/scroll-area";
import { EmptyState } from "@/components/ui/states";
import { displayUnit } from "@/components/vocabulary/metric-display";
import { VerdictBadge } from "@/components/vocabulary/states";
import { NOT_MEASURED } from "@/server/domain/words/number-words";

type SegmentRow = Compare["segments"][number];
type Cell = SegmentRow["cells"][number];

function CellContent(props: { cell: Cell; row: CompareRow | undefined; stale: boolean }): ReactNode {
  const { cell, row, stale } = props;
  const unit = row === undefined ? "" : displayUnit(cell.metric, row.unit);
  return (
    <>
      <span className="flex items-center justify-between gap-2">
        <span className={cell.clear ? "font-semibold" : ""}>{formatValue(cell.candidate.value, unit)}</span>
        <VerdictBadge verdict={cell.verdict} undecided={cell.undecided} stale={stale} quiet />
      </span>
      <span className="block text-sm text-muted">
        {cell.delta === null ? NOT_MEASURED : formatAbsoluteDifference(cell.delta, unit)}
        {cell.delta !== null && !cell.clear && ", not clear"} · n={formatCount(cell.candidate.count)}
      </span>
    </>
  );
}

export function SegmentTable({ compare, stale }: { compare: Compare; stale: boolean }): ReactNode {
  if (compare.segments.length === 0) {
    return (
      <EmptyState title="No segments">
        The policy watches no segments, or no request carried one. List them under <code>segments</code> in the policy,
        e.g. <code>segments: [region]</code>: then a loss in one region is not averaged away.
      </EmptyState>
    );
  }
  const metrics = [...new Set(compare.segments.flatMap((segment) => segment.cells.map((cell) => cell.metric)))];
  const rowOf = new Map(compare.rows.map((row) => [row.metric, row]));
  return (
    <ScrollArea label="Metrics by segment" className="rounded-md border border-hairline">
      <table className="w-full border-collapse text-left">
        <caption className="sr-only">Candidate’s value and its difference from the control, by segment</caption>
        <thead>
          <tr className="border-b border-hairline text-sm text-muted">
            <th scope="col" className="px-3 py-2 font-medium">
              Segment
            </th>
            {metrics.map((metric) => (
              <th key={metric} scope="col" className="px-3 py-2 font-medium whitespace-nowrap">
                {rowOf.get(metric)?.label ?? metric}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {compare.segments.map((segment) => (
            <tr key={`${segment.segment}=${segment.value}`} className="border-b border-hairline last:border-b-0">
              <th scope="row" className="px-3 py-2 text-left font-medium whitespace-nowrap">
                <span className="text-muted">{segment.segment}=</span>
                {segment.value}
              </th>
              {metrics.map((metric) => {
                const cell = segment.cells.find((each) => each.metric === metric);
                const isThin = cell === undefined || cell.verdict === "collecting" || cell.verdict === "no_data";
                return (
                  <td key={metric} className={classNames("min-w-44 px-3 py-2 align-top", (isThin || stale) && "hatch")}>
                    {cell === undefined ? (
                      <span className="text-muted">no data</span>
                    ) : (
                      <CellContent cell={cell} row={rowOf.get(metric)} stale={stale} />
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
