"use client";
/** A version that loosens a rollback rule: what it takes away, and the answer of another person. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTRPC, useTRPCClient } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { PolicyDetail } from "@/components/data/outputs";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { TextArea } from "@/components/ui/field";
import { Notice } from "@/components/ui/states";
import { Time } from "@/components/ui/time";
import { roleReason } from "@/components/vocabulary/eligibility";
import { Loosened, PolicyChanges } from "./policy-changes";

type Proposal = NonNullable<PolicyDetail["proposal"]>;

export function PolicyProposal({ policy, proposal }: { policy: PolicyDetail; proposal: Proposal }): ReactNode {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const me = useMe();
  const [reason, setReason] = useState("");
  const answer = useMutation({
    mutationFn: (verb: "approve" | "reject") => {
      const { name, inForceVersion } = policy;
      return client.policies[verb].mutate({ name, inForceVersion, version: proposal.version, reason: reason.trim() });
    },
    onSuccess: () => setReason(""),
    onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.policies.pathKey() }),
  });
  const needsReason = reason.trim() === "" ? "A reason is needed" : null;
  const running = answer.isPending ? answer.variables : null;
  return (
    <Card
      title={`Version ${proposal.version} waits for an approval`}
      note={
        <>
          put by {proposal.by.label} <Time at={proposal.at} short relative />
          {proposal.reason !== null && `: ${proposal.reason}`}
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Loosened loosens={proposal.loosens} />
        <PolicyChanges changes={proposal.changes} />
        {proposal.viewer.eligible && <p className="text-muted">{proposal.viewer.reason}</p>}
        <TextArea label="Reason" hint="Kept in the audit log." rows={2} value={reason} onValueChange={setReason} />
        {answer.error !== null && (
          <Notice tone="breach" live>
            {failureOf(answer.error).detail}
          </Notice>
        )}
        <div className="flex flex-wrap items-center gap-2">
          <Button
            kind="primary"
            size="control"
            className="max-sm:w-full"
            pendingLabel={running === "approve" ? "Requesting…" : null}
            disabledReason={proposal.viewer.eligible ? needsReason : proposal.viewer.reason}
            onClick={() => answer.mutate("approve")}
          >
            Approve version {proposal.version}
          </Button>
          <Button
            size="control"
            className="max-sm:w-full"
            pendingLabel={running === "reject" ? "Requesting…" : null}
            disabledReason={roleReason(me, "release_manager") ?? (proposal.viewer.eligible ? null : needsReason)}
            blocked={needsReason !== null}
            onClick={() => answer.mutate("reject")}
          >
            {proposal.viewer.eligible ? "Reject" : "Take back"}
          </Button>
        </div>
      </div>
    </Card>
  );
}
