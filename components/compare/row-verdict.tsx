/** A row's verdict. Where no rule watches a metric nothing was judged, so nothing passes. */
import type { ReactNode } from "react";
import type { CompareRow } from "@/components/data/outputs";
import { StatusBadge } from "@/components/ui/status-badge";
import { VerdictBadge } from "@/components/vocabulary/states";

export function RowVerdict(props: { row: CompareRow; stale: boolean; quiet?: boolean }): ReactNode {
  const { row, stale, quiet = true } = props;
  if (row.threshold !== null) {
    const where = row.verdictIn === null ? {} : { note: `in ${row.verdictIn}` };
    return <VerdictBadge verdict={row.verdict} undecided={row.undecided} stale={stale} quiet={quiet} {...where} />;
  }
  return (
    <StatusBadge status="neutral" quiet>
      No rule
    </StatusBadge>
  );
}
