"use client";
/** Moves an incident's status on, with the reason that the timeline keeps. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { IncidentDetail } from "@/components/data/outputs";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { TextArea } from "@/components/ui/field";
import { Notice } from "@/components/ui/states";
import { roleReason } from "@/components/vocabulary/eligibility";

type Status = IncidentDetail["status"];

const WORDS: Readonly<Record<Status, { title: string; button: string; hint: string }>> = {
  open: { title: "Open the incident again", button: "Open again", hint: "What came back?" },
  mitigated: { title: "Mark the incident mitigated", button: "Mark mitigated", hint: "What stopped the harm?" },
  resolved: { title: "Resolve the incident", button: "Resolve", hint: "How do we know that it is over?" },
};

export function StatusDialog(props: { incident: IncidentDetail; status: Status; onClose: () => void }): ReactNode {
  const { incident, status, onClose } = props;
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const me = useMe();
  const [reason, setReason] = useState("");
  const { title, button, hint } = WORDS[status];
  const change = useMutation(
    trpc.incidents.setStatus.mutationOptions({
      onSuccess: onClose,
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.incidents.pathKey() }),
    }),
  );
  const blocked = roleReason(me, "on_call") ?? (reason.trim() === "" ? "Give a reason first" : null);
  return (
    <Dialog
      open
      onClose={onClose}
      title={title}
      description="The timeline, the audit log and whoever is notified get the reason."
      footer={
        <Button
          kind="primary"
          size="control"
          disabledReason={blocked}
          pendingLabel={change.isPending ? "Requesting…" : null}
          onClick={() => change.mutate({ incidentId: incident.id, status, reason: reason.trim() })}
        >
          {button}
        </Button>
      }
    >
      <TextArea label="Reason" hint={hint} value={reason} onValueChange={setReason} />
      {change.error !== null && (
        <div className="mt-3">
          <Notice tone="breach" live>
            {failureOf(change.error).detail}
          </Notice>
        </div>
      )}
    </Dialog>
  );
}
