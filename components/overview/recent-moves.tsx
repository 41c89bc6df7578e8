/** The last moves of all aliases: promotions, rollbacks and the rest, each with its reason. */
import type { ReactNode } from "react";
import type { AliasMove } from "@/components/data/outputs";
import { Card } from "@/components/ui/card";
import { StatusBadge } from "@/components/ui/status-badge";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { causeWord, ReleaseId } from "@/components/vocabulary/release";

function Cause({ cause }: { cause: AliasMove["cause"] }): ReactNode {
  const isRollback = cause === "rollback" || cause === "break_glass";
  return (
    <StatusBadge status={isRollback ? "rolled_back" : "neutral"} quiet>
      {causeWord(cause)}
    </StatusBadge>
  );
}

export function RecentMoves(props: { application: string; moves: readonly AliasMove[] }): ReactNode {
  const columns: Column<AliasMove>[] = [
    {
      key: "at",
      header: "When",
      lead: true,
      className: "sm:whitespace-nowrap",
      cell: (move) => <Time at={move.at} short relative />,
    },
    { key: "alias", header: "Alias", cell: (move) => move.alias },
    {
      key: "move",
      header: "From → to",
      cell: (move) => (
        <span className="inline-flex items-center gap-1.5">
          {move.fromReleaseId === null ? (
            <span className="text-muted">—</span>
          ) : (
            <ReleaseId application={props.application} releaseId={move.fromReleaseId} />
          )}
          <span aria-label="to">→</span>
          <ReleaseId application={props.application} releaseId={move.toReleaseId} />
        </span>
      ),
    },
    { key: "cause", header: "Cause", cell: (move) => <Cause cause={move.cause} /> },
    { key: "actor", header: "By", cell: (move) => move.actor.label },
    {
      key: "reason",
      header: "Reason",
      wideOnly: true,
      cell: (move) => <span className="text-muted">{move.reason}</span>,
    },
  ];
  return (
    <Card title="Latest moves" flush>
      {props.moves.length === 0 ? (
        <p className="px-3 py-3 text-muted">No alias has moved yet.</p>
      ) : (
        <Table
          caption="Latest moves of all aliases"
          columns={columns}
          rows={props.moves}
          rowKey={(move) => `${move.alias}-${move.revision}`}
        />
      )}
    </Card>
  );
}
