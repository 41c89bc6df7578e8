/** How the release came to serve: gates, rollout, approvals, the alias move; each with who and when. */
import Link from "next/link";
import type { ReactNode } from "react";
import type { RequestTrace } from "@/components/data/outputs";
import { GateTable } from "@/components/releases/gate-results";
import { Card } from "@/components/ui/card";
import { Time } from "@/components/ui/time";
import { rolloutPath } from "@/components/vocabulary/paths";
import { causeWord, ReleaseId } from "@/components/vocabulary/release";
import { RolloutStateBadge } from "@/components/vocabulary/states";

export function Journey({ trace }: { trace: RequestTrace }): ReactNode {
  const { rollout, approvals, aliasMove, request } = trace;
  if (rollout === null && approvals.length === 0 && aliasMove === null) return null;
  return (
    <Card title="Who let it in">
      <ul className="flex flex-col gap-2.5">
        {rollout !== null && (
          <li>
            <div className="flex flex-wrap items-center gap-2">
              <Link href={rolloutPath(request.application, rollout.id)} className="quiet-link font-medium">
                Rollout to {rollout.alias}
              </Link>
              <RolloutStateBadge state={rollout.state} quiet />
            </div>
            <p className="text-sm text-muted">
              started <Time at={rollout.startedAt} short /> by {rollout.startedBy.label} under {rollout.policy.name} v
              {rollout.policy.version}
            </p>
          </li>
        )}
        {approvals.map((approval) => (
          <li key={approval.at}>
            <span className="font-medium">{approval.verdict === "approve" ? "Approved" : "Rejected"}</span> by{" "}
            {approval.by.label}: {approval.reason}
            <p className="text-sm text-muted">
              <Time at={approval.at} short />
            </p>
          </li>
        ))}
        {aliasMove !== null && (
          <li>
            <span className="font-medium">{aliasMove.alias}</span> pointed at{" "}
            {aliasMove.toReleaseId === request.releaseId ? (
              "it"
            ) : (
              <ReleaseId application={request.application} releaseId={aliasMove.toReleaseId} />
            )}{" "}
            at the time, {causeWord(aliasMove.cause)}: {aliasMove.reason}
            <p className="text-sm text-muted">
              <Time at={aliasMove.at} short /> · {aliasMove.actor.label} · revision {aliasMove.revision}
            </p>
          </li>
        )}
      </ul>
    </Card>
  );
}

export function Gates({ trace }: { trace: RequestTrace }): ReactNode {
  if (trace.gates.length === 0) return null;
  return (
    <Card title="Gates before traffic" flush>
      <GateTable gates={trace.gates} />
    </Card>
  );
}
