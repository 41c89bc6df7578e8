"use client";
/** What the newest evaluation found, rule by rule. Segments that say nothing are folded away. */
import { useState, type ReactNode } from "react";
import type { RolloutDetail } from "@/components/data/outputs";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Metric } from "@/components/ui/metric";
import { EmptyState } from "@/components/ui/states";
import { ScrollArea } from "@/components/ui/scroll-area";
import { Table, type Column } from "@/components/ui/table";
import { labelOfMetric, unitOfMetric } from "@/components/vocabulary/metrics";
import { actionWord, VerdictBadge } from "@/components/vocabulary/states";
import { isUndecided } from "@/server/domain/policy/evaluation";

type Finding = RolloutDetail["evidence"][number];

const LOUD: ReadonlySet<Finding["verdict"]> = new Set<Finding["verdict"]>(["breach", "watch", "environment"]);

/** Whole-traffic findings, and those of segments that raise something; the loud ones first. */
function tellingFindings(findings: readonly Finding[]): Finding[] {
  return findings
    .filter((finding) => finding.segment === undefined || LOUD.has(finding.verdict))
    .toSorted((left, right) => Number(LOUD.has(right.verdict)) - Number(LOUD.has(left.verdict)));
}

function Rule({ finding }: { finding: Finding }): ReactNode {
  return (
    <span className="block min-w-36">
      <span className="font-medium">{labelOfMetric(finding.metric)}</span>
      {finding.segment !== undefined && <span className="block">{finding.segment}</span>}
      <span className="block text-sm text-muted">
        {actionWord(finding.action)}
        {finding.dryRun && ", dry run"}
        {finding.required > 1 && ` · ${finding.breaching} of ${finding.required} windows`}
      </span>
    </span>
  );
}

function columnsOf(stale: boolean): Column<Finding>[] {
  return [
    { key: "rule", header: "Rule", lead: true, cell: (finding) => <Rule finding={finding} /> },
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
    {
      key: "verdict",
      header: "Verdict",
      cell: (finding) => (
        <span className="block min-w-48">
          <VerdictBadge verdict={finding.verdict} undecided={isUndecided(finding)} stale={stale} quiet />
          <span className="block text-sm wrap-anywhere text-muted">{finding.detail}</span>
        </span>
      ),
    },
  ];
}

export function Evidence({ rollout, stale }: { rollout: RolloutDetail; stale: boolean }): ReactNode {
  const [all, setAll] = useState(false);
  const telling = tellingFindings(rollout.evidence);
  const folded = rollout.evidence.length - telling.length;
  return (
    <Card
      title="Evidence"
      note={rollout.evaluation === null ? undefined : `evaluation ${rollout.evaluation.id}`}
      actions={
        folded > 0 && (
          <Button size="small" onClick={() => setAll(!all)} aria-expanded={all}>
            {all ? "Only what tells something" : `Show ${folded} quiet segments`}
          </Button>
        )
      }
      flush
    >
      {rollout.evidence.length === 0 ? (
        <EmptyState title="Not judged yet">
          The policy is evaluated every few seconds once the candidate gets traffic.
        </EmptyState>
      ) : (
        <ScrollArea label="Findings of the newest evaluation">
          <Table
            caption="Findings of the newest evaluation"
            columns={columnsOf(stale)}
            rows={all ? rollout.evidence : telling}
            rowKey={(finding) => `${finding.rule} ${finding.segment ?? ""}`}
          />
        </ScrollArea>
      )}
    </Card>
  );
}
