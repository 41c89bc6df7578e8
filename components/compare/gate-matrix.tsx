"use client";
/** One row per rule: both sides with n and interval, the difference on a small axis, the last windows, the verdict. */
import type { ReactNode } from "react";
import { ForestPlot } from "@/components/charts/forest-plot";
import { WindowDots } from "@/components/charts/window-dots";
import type { Compare, CompareRow } from "@/components/data/outputs";
import { formatCount } from "@/components/ui/format";
import { Metric, MetricDifference } from "@/components/ui/metric";
import { ScrollArea } from "@/components/ui/scroll-area";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { displayUnit } from "@/components/vocabulary/metric-display";
import { actionWord, VerdictBadge } from "@/components/vocabulary/states";
import { RowVerdict } from "./row-verdict";

/** The bound as a difference from the control, for the small axis; null where the rule is not about a difference. */
function limitAsDifference(row: CompareRow): number | null {
  const { threshold, control } = row;
  if (threshold === null || threshold.line === null || control.value === null) return null;
  return threshold.line - control.value;
}

function Rule({ row }: { row: CompareRow }): ReactNode {
  return (
    <span className="block min-w-40">
      <a href={`#chart-${row.metric}`} className="quiet-link font-medium" data-row-link="">
        {row.label}
      </a>
      <span className="block text-sm text-muted">
        {row.threshold === null ? "no limit" : `${row.threshold.text} · ${actionWord(row.threshold.action)}`}
      </span>
    </span>
  );
}

function Delta({ row, unit }: { row: CompareRow; unit: string }): ReactNode {
  const { delta } = row;
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      <MetricDifference difference={delta} unit={unit} />
      {delta !== null && (
        <ForestPlot
          estimate={delta.absolute}
          lower={delta.lower}
          upper={delta.upper}
          limit={limitAsDifference(row)}
          clear={delta.clear}
          better={delta.better}
        />
      )}
    </span>
  );
}

/** Where else in the traffic the rule is broken: a loss in one segment must not hide in the average. */
function LoudSegments({ compare, row, stale }: { compare: Compare; row: CompareRow; stale: boolean }): ReactNode {
  const loud = compare.segments.flatMap(({ segment, value, cells }) => {
    const name = `${segment}=${value}`;
    return cells
      .filter((cell) => cell.metric === row.metric && (cell.verdict === "breach" || cell.verdict === "watch"))
      .flatMap(({ verdict }) => (name === row.verdictIn ? [] : [{ name, verdict }]));
  });
  return loud.map(({ name, verdict }) => (
    <span key={name} className="block">
      <VerdictBadge verdict={verdict} stale={stale} note={`in ${name}`} />
    </span>
  ));
}

function Says({ compare, row, stale }: { compare: Compare; row: CompareRow; stale: boolean }): ReactNode {
  return (
    <span className="block min-w-48 max-w-80">
      <RowVerdict row={row} stale={stale} />
      <LoudSegments compare={compare} row={row} stale={stale} />
      <span className="block text-sm text-muted">
        {row.detail}
        {row.needed !== null && ` Needs ${formatCount(row.needed)} more.`}
        {row.etaAt !== null && (
          <>
            {" "}
            Decides at about <Time at={row.etaAt} short />.
          </>
        )}
      </span>
    </span>
  );
}

export function GateMatrix({ compare, stale }: { compare: Compare; stale: boolean }): ReactNode {
  const unitOf = (row: CompareRow): string => displayUnit(row.metric, row.unit);
  const columns: Column<CompareRow>[] = [
    { key: "metric", header: "Metric", lead: true, cell: (row) => <Rule row={row} /> },
    {
      key: "candidate",
      header: "Candidate",
      align: "right",
      cell: (row) => <Metric point={row.candidate} unit={unitOf(row)} />,
    },
    {
      key: "control",
      header: "Control",
      align: "right",
      cell: (row) => <Metric point={row.control} unit={unitOf(row)} />,
    },
    { key: "delta", header: "Difference", cell: (row) => <Delta row={row} unit={unitOf(row)} /> },
    { key: "windows", header: "Windows", wideOnly: true, cell: (row) => <WindowDots windows={row.windows} /> },
    { key: "says", header: "Verdict", cell: (row) => <Says compare={compare} row={row} stale={stale} /> },
  ];
  return (
    <ScrollArea
      label="Every metric of candidate and control, worst first"
      className="rounded-md border border-hairline"
    >
      <Table
        caption="Every metric of candidate and control, worst first"
        columns={columns}
        rows={compare.rows}
        rowKey={(row) => row.metric}
      />
    </ScrollArea>
  );
}
