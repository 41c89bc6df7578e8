/** What each side reported, and what held after it: parity over time. */
import type { ReactNode } from "react";
import type { FeatureViewItem } from "@/components/data/outputs";
import { ScrollArea } from "@/components/ui/scroll-area";
import { StatusBadge } from "@/components/ui/status-badge";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";

type Report = FeatureViewItem["parity"]["history"][number];

const COLUMNS: readonly Column<Report>[] = [
  { key: "at", header: "Reported", lead: true, cell: (row) => <Time at={row.at} precision="second" short relative /> },
  { key: "side", header: "Side", cell: (row) => row.side },
  { key: "fingerprint", header: "Fingerprint", cell: (row) => <code>{row.fingerprint}</code> },
  {
    key: "equal",
    header: "From then on",
    cell: ({ equal }) =>
      equal === null ? (
        <StatusBadge status="collecting">One side known</StatusBadge>
      ) : equal ? (
        <StatusBadge status="pass" quiet>
          Same
        </StatusBadge>
      ) : (
        <StatusBadge status="breach">Different</StatusBadge>
      ),
  },
  { key: "by", header: "By", cell: (row) => row.by },
];

export function ParityHistory({ view: { view, parity } }: { view: FeatureViewItem }): ReactNode {
  if (parity.history.length === 0) return null;
  return (
    <details open={parity.equal === false}>
      <summary className="cursor-pointer font-medium">Parity over time ({parity.history.length} reports)</summary>
      <ScrollArea
        label={`Parity of ${view} over time, newest first`}
        className="mt-2 rounded-md border border-hairline"
      >
        <Table
          caption={`Parity of ${view} over time, newest first`}
          columns={COLUMNS}
          rows={parity.history.toReversed()}
          rowKey={(row) => `${row.at} ${row.side}`}
        />
      </ScrollArea>
    </details>
  );
}
