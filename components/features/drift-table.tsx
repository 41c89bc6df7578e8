"use client";
/** Live values against those evaluated and the candidate's against the control's, per feature and segment. */
import { useState, type ReactNode } from "react";
import type { FeatureViewItem } from "@/components/data/outputs";
import { Button } from "@/components/ui/button";
import { formatCount } from "@/components/ui/format";
import { ScrollArea } from "@/components/ui/scroll-area";
import { StatusBadge } from "@/components/ui/status-badge";
import type { Status } from "@/components/ui/status-glyph";
import { Table, type Column } from "@/components/ui/table";

type Drift = FeatureViewItem["drift"][number];
type Stability = NonNullable<Drift["control"]>;

/** Rows that are shown before one asks for the rest; what moved furthest comes first. */
const FIRST_ROWS = 8;

const VERDICTS: Readonly<Record<Stability["verdict"], { status: Status; word: string }>> = {
  too_few: { status: "collecting", word: "Too few" },
  stable: { status: "pass", word: "Stable" },
  moved: { status: "review", word: "Moved" },
  drift: { status: "breach", word: "Drift" },
};

function StabilityCell({ stability }: { stability: Stability | null }): ReactNode {
  if (stability === null) return <span className="text-muted">—</span>;
  const { status, word } = VERDICTS[stability.verdict];
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2">
      <StatusBadge status={status} quiet>
        {word}
      </StatusBadge>
      {stability.psi !== null && <span>PSI {stability.psi.toFixed(2)}</span>}
      <span className="text-sm text-muted">
        n={formatCount(stability.count)} against {formatCount(stability.referenceCount)}
      </span>
    </span>
  );
}

const COLUMNS: readonly Column<Drift>[] = [
  { key: "feature", header: "Feature", lead: true, cell: (row) => <code>{row.feature}</code> },
  { key: "segment", header: "Segment", cell: (row) => row.segment ?? "all requests" },
  { key: "control", header: "Control against evaluated", cell: (row) => <StabilityCell stability={row.control} /> },
  {
    key: "candidate",
    header: "Candidate against evaluated",
    cell: (row) => <StabilityCell stability={row.candidate} />,
  },
  {
    key: "both",
    header: "Candidate against control",
    cell: (row) => <StabilityCell stability={row.candidateVsControl} />,
  },
];

export function DriftTable({ view: { view, drift } }: { view: FeatureViewItem }): ReactNode {
  const [isWhole, setIsWhole] = useState(false);
  if (drift.length === 0) return <p className="text-muted">No request carried values of {view} in this range.</p>;
  const rows = isWhole ? drift : drift.slice(0, FIRST_ROWS);
  return (
    <div className="flex flex-col gap-2">
      <h3 className="font-medium">
        Values <span className="font-normal text-muted">· population stability index, what moved furthest first</span>
      </h3>
      <ScrollArea label={`Drift of ${view}`} className="rounded-md border border-hairline">
        <Table
          caption={`Drift of ${view}, what moved furthest first`}
          columns={COLUMNS}
          rows={rows}
          rowKey={(row) => `${row.feature} ${row.segment ?? ""}`}
        />
      </ScrollArea>
      {drift.length > FIRST_ROWS && (
        <div>
          <Button size="small" aria-expanded={isWhole} onClick={() => setIsWhole(!isWhole)}>
            {isWhole ? "Show fewer" : `Show all ${drift.length} rows`}
          </Button>
        </div>
      )}
    </div>
  );
}
