/** Golden-set results beside the baseline's, with what the policy says of each. */
import type { ReactNode } from "react";
import type { RequestTrace } from "@/components/data/outputs";
import { formatSignificant } from "@/components/ui/format";
import { ScrollArea } from "@/components/ui/scroll-area";
import { StatusBadge } from "@/components/ui/status-badge";
import { Table, type Column } from "@/components/ui/table";

type Gate = RequestTrace["gates"][number];

function Passed({ gate }: { gate: Gate }): ReactNode {
  if (gate.passed === null) return <StatusBadge status="neutral">No limit</StatusBadge>;
  return gate.passed ? (
    <StatusBadge status="pass" quiet>
      Pass
    </StatusBadge>
  ) : (
    <StatusBadge status="breach">Refused</StatusBadge>
  );
}

const COLUMNS: readonly Column<Gate>[] = [
  { key: "name", header: "Gate", lead: true, cell: (gate) => gate.name },
  { key: "suite", header: "Suite", cell: (gate) => <span className="text-muted">{gate.suite}</span> },
  { key: "value", header: "Value", align: "right", cell: (gate) => formatSignificant(gate.value) },
  {
    key: "baseline",
    header: "Baseline",
    align: "right",
    cell: (gate) =>
      gate.baseline === null ? <span className="text-muted">n/a</span> : formatSignificant(gate.baseline),
  },
  { key: "passed", header: "Result", cell: (gate) => <Passed gate={gate} /> },
];

export function GateTable({ gates }: { gates: readonly Gate[] }): ReactNode {
  return (
    <ScrollArea label="Gate results of this release">
      <Table
        caption="Gate results of this release"
        columns={COLUMNS}
        rows={gates}
        rowKey={(gate) => `${gate.suite}-${gate.name}-${gate.at}`}
      />
    </ScrollArea>
  );
}
