/** What happened to the rollout and who did it, newest first; approvals with whether they still count. */
import Link from "next/link";
import type { ReactNode } from "react";
import type { RolloutDetail } from "@/components/data/outputs";
import { Card } from "@/components/ui/card";
import { StatusBadge } from "@/components/ui/status-badge";
import { Time } from "@/components/ui/time";
import { auditEntryPath } from "@/components/vocabulary/paths";
import { RolloutStateBadge } from "@/components/vocabulary/states";

function AuditLink({ application, seq }: { application: string; seq: number }): ReactNode {
  return (
    <Link href={auditEntryPath(application, seq)} className="quiet-link">
      #{seq}
    </Link>
  );
}

const VERDICTS = { approve: "Approved", extend: "Extended", reject: "Rejected" } as const;

export function Transitions({ rollout }: { rollout: RolloutDetail }): ReactNode {
  return (
    <Card title="History" flush>
      {rollout.approvals.length > 0 && (
        <ul className="flex flex-col gap-2 border-b border-hairline px-3 py-2">
          {rollout.approvals.map((approval) => (
            <li key={approval.auditSeq}>
              <span className="flex flex-wrap items-center gap-2">
                <StatusBadge status={approval.verdict === "approve" ? "pass" : "neutral"}>
                  {VERDICTS[approval.verdict]}
                </StatusBadge>
                {approval.by.label}
                {!approval.counts && (
                  <StatusBadge status="review">
                    No longer counts: other limits broke, or more evidence was asked for
                  </StatusBadge>
                )}
              </span>
              <span className="block text-sm text-muted">
                {approval.reason} · <Time at={approval.at} short /> ·{" "}
                <AuditLink application={rollout.application} seq={approval.auditSeq} />
              </span>
            </li>
          ))}
        </ul>
      )}
      <ol className="divide-y divide-hairline">
        {rollout.transitions.toReversed().map((transition) => (
          <li key={`${transition.auditSeq}-${transition.at}-${transition.to}`} className="px-3 py-2">
            <span className="flex flex-wrap items-center gap-2">
              <RolloutStateBadge state={transition.to} quiet />
              <span className="text-sm text-muted">
                step {transition.stepIndex + 1} · {transition.actor.label}
              </span>
            </span>
            <span className="block break-words">{transition.reason}</span>
            <span className="text-sm text-muted">
              <Time at={transition.at} precision="second" short /> ·{" "}
              <AuditLink application={rollout.application} seq={transition.auditSeq} />
            </span>
          </li>
        ))}
      </ol>
    </Card>
  );
}
