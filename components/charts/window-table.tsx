/** The same windows as a table: what a chart shows, for reading, copying and screen readers. Newest first. */
import type { ReactNode } from "react";
import { formatCount, formatInterval, formatValue, type Measured } from "@/components/ui/format";
import { ScrollArea } from "@/components/ui/scroll-area";
import { StatusBadge } from "@/components/ui/status-badge";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import type { ChartSeriesNames, ChartWindow } from "./chart-types";

interface WindowTableProps {
  windows: readonly ChartWindow[];
  unit: string;
  names: ChartSeriesNames;
  caption: string;
}

function Cell(props: { point: Measured | null; unit: string }): ReactNode {
  if (props.point === null || props.point.value === null) return <span className="text-muted">no data</span>;
  return (
    <>
      {formatValue(props.point.value, props.unit)}{" "}
      <span className="text-sm text-muted">
        {formatInterval(props.point, props.unit)} n={formatCount(props.point.count)}
      </span>
    </>
  );
}

function State({ window }: { window: ChartWindow }): ReactNode {
  if (window.breaching) return <StatusBadge status="breach">Beyond the limit</StatusBadge>;
  if (window.candidate?.value === undefined || window.candidate.value === null) {
    return <StatusBadge status="no_data">No data</StatusBadge>;
  }
  if (window.provisional) return <StatusBadge status="collecting">Provisional</StatusBadge>;
  return (
    <StatusBadge status="pass" quiet>
      Within
    </StatusBadge>
  );
}

export function WindowTable({ windows, unit, names, caption }: WindowTableProps): ReactNode {
  const columns: Column<ChartWindow>[] = [
    { key: "at", header: "Window", lead: true, cell: (window) => <Time at={window.atMs} short /> },
    {
      key: "candidate",
      header: names.candidate,
      align: "right",
      cell: (window) => <Cell point={window.candidate} unit={unit} />,
    },
    {
      key: "control",
      header: names.control,
      align: "right",
      cell: (window) => <Cell point={window.control} unit={unit} />,
    },
    { key: "state", header: "State", cell: (window) => <State window={window} /> },
  ];
  return (
    <ScrollArea label={caption} className="max-h-72 overflow-y-auto">
      <Table caption={caption} columns={columns} rows={windows.toReversed()} rowKey={(window) => String(window.atMs)} />
    </ScrollArea>
  );
}
