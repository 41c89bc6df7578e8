/** What the newest evaluation found, rule by rule. */
import type { ReactNode } from "react";
import type { RolloutDetail } from "@/components/data/outputs";
import { Card } from "@/components/ui/card";
import { formatSignificant } from "@/components/ui/format";
import { Metric } from "@/components/ui/metric";
import { EmptyState } from "@/components/ui/states";
import { Table, type Column } from "@/components/ui/table";
import { unitOfMetric } from "@/components/vocabulary/metrics";
import { actionWord, VerdictBadge } from "@/components/vocabulary/states";

type Finding = RolloutDetail["evidence"][number];

function EvidenceOf({ finding }: { finding: Finding }): ReactNode {
  if (finding.evidence === undefined) {
    return finding.required > 1 ? `${finding.breaching} of ${finding.required} windows` : "—";
  }
  const { log10, decidesAt, proven } = finding.evidence;
  return (
    <span title="log10 of the e-value, and the value at which the rule decides">
      {formatSignificant(log10)} of {formatSignificant(decidesAt)}
      {proven && ", proven"}
    </span>
  );
}

export function Evidence({ rollout, stale }: { rollout: RolloutDetail; stale: boolean }): ReactNode {
  const columns: Column<Finding>[] = [
    {
      key: "rule",
      header: "Rule",
      lead: true,
      cell: (finding) => (
        <>
          <code className="text-sm break-all">{finding.rule}</code>
          {finding.segment !== undefined && <span className="text-muted"> {finding.segment}</span>}
          {finding.dryRun && <span className="text-muted"> dry run</span>}
        </>
      ),
    },
    {
      key: "candidate",
      header: "Candidate",
      align: "right",
      cell: (finding) => <Metric point={finding.candidate} unit={unitOfMetric(finding.metric)} />,
    },
    {
      key: "control",
      header: "Control",
      align: "right",
      cell: (finding) => <Metric point={finding.control} unit={unitOfMetric(finding.metric)} />,
    },
    { key: "evidence", header: "Evidence", cell: (finding) => <EvidenceOf finding={finding} /> },
    { key: "action", header: "Action", wideOnly: true, cell: (finding) => actionWord(finding.action) },
    {
      key: "verdict",
      header: "Verdict",
      cell: (finding) => (
        <span className="block max-w-80">
          <VerdictBadge verdict={finding.verdict} stale={stale} quiet />
          <span className="block text-sm text-muted">{finding.detail}</span>
        </span>
      ),
    },
  ];
  return (
    <Card title="Evidence" note={rollout.evaluation === null ? undefined : `evaluation ${rollout.evaluation.id}`} flush>
      {rollout.evidence.length === 0 ? (
        <EmptyState title="Not judged yet">
          The policy is evaluated every few seconds once the candidate gets traffic.
        </EmptyState>
      ) : (
        <div className="overflow-x-auto">
          <Table
            caption="Findings of the newest evaluation"
            columns={columns}
            rows={rollout.evidence}
            rowKey={(finding) => `${finding.rule} ${finding.segment ?? ""}`}
          />
        </div>
      )}
    </Card>
  );
}
