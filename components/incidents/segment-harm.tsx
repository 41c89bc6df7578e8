/** In which segments a release is worse than its control, and in which of them more than elsewhere, worst first. */
import type { ReactNode } from "react";
import type { IncidentImpact } from "@/components/data/outputs";
import { formatCount, formatDifference, formatShare, formatValue } from "@/components/ui/format";
import { ScrollArea } from "@/components/ui/scroll-area";
import { StatusBadge } from "@/components/ui/status-badge";
import { Table, type Column } from "@/components/ui/table";
import { displayUnit } from "@/components/vocabulary/metric-display";

type Row = IncidentImpact["rows"][number];
type Segment = IncidentImpact["segments"][number];

const HARM = {
  concentrated: { status: "breach", word: "concentrated here" },
  alike: { status: "review", word: "as everywhere" },
  spared: { status: "pass", word: "spared" },
} as const;

/** `84.5 % against 94.7 % (−10.2 pp)`. */
export function differenceWords({ metric, unit, candidate, control, difference }: Row): string {
  const shown = displayUnit(metric, unit);
  const both = `${formatValue(candidate.value, shown)} against ${formatValue(control.value, shown)}`;
  if (difference === null) return both;
  return `${both} (${formatDifference({ absolute: difference.value, ratio: null, clear: difference.clear }, shown)})`;
}

/** `task completion rate 50.7 % against 95.4 % (−44.7 pp); 91 % of what it cost`. */
function worstWords({ worst, explains }: Segment): string | null {
  if (worst === null) return null;
  const cost = explains === null ? "" : `; ${formatShare(explains)} of what it cost`;
  return `${worst.label} ${differenceWords(worst)}${cost}`;
}

const COLUMNS: readonly Column<Segment>[] = [
  { key: "segment", header: "Segment", lead: true, cell: (row) => <code>{row.segment}</code> },
  {
    key: "requests",
    header: "Requests",
    align: "right",
    className: "whitespace-nowrap",
    cell: (row) => `${formatCount(row.requests)} (${formatShare(row.share)})`,
  },
  {
    key: "harm",
    header: "Harm",
    cell: (row) => (
      <>
        <StatusBadge status={HARM[row.harm].status} quiet>
          {HARM[row.harm].word}
        </StatusBadge>
        {row.worst !== null && <span className="block text-sm text-muted">{worstWords(row)}</span>}
      </>
    ),
  },
];

export function SegmentHarm({ segments }: { segments: readonly Segment[] }): ReactNode {
  return (
    <ScrollArea label="Segments, the worst first" className="rounded-md border border-hairline">
      <Table caption="Segments, the worst first" columns={COLUMNS} rows={segments} rowKey={(row) => row.segment} />
    </ScrollArea>
  );
}
