"use client";
/** Adds a note, and moves the incident's status on. Both are kept in the timeline with their author. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { IncidentDetail } from "@/components/data/outputs";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { TextArea } from "@/components/ui/field";
import { Notice } from "@/components/ui/states";
import { roleReason } from "@/components/vocabulary/eligibility";

const NEXT = {
  open: { status: "mitigated", title: "Mark mitigated" },
  mitigated: { status: "resolved", title: "Resolve" },
  resolved: { status: "open", title: "Open again" },
} as const;

export function IncidentForm({ incident }: { incident: IncidentDetail }): ReactNode {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const me = useMe();
  const [text, setText] = useState("");
  const settled = {
    onSuccess: () => setText(""),
    onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.incidents.pathKey() }),
  };
  const note = useMutation(trpc.incidents.note.mutationOptions(settled));
  const setStatus = useMutation(trpc.incidents.setStatus.mutationOptions(settled));
  const next = NEXT[incident.status];
  const error = note.error ?? setStatus.error;
  const blocked = roleReason(me, "on_call") ?? (text.trim() === "" ? "Write something first" : null);
  const incidentId = incident.id;
  return (
    <Card title="Add to the record">
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (blocked === null) note.mutate({ incidentId, text: text.trim() });
        }}
      >
        <TextArea
          label="Note"
          hint="Everyone sees it; it cannot be changed later."
          value={text}
          onValueChange={setText}
        />
        {error !== null && (
          <Notice tone="breach" live>
            {failureOf(error).detail}
          </Notice>
        )}
        <div className="flex flex-wrap items-center gap-2">
          <Button type="submit" blocked={blocked !== null} pendingLabel={note.isPending ? "Adding…" : null}>
            Add the note
          </Button>
          <Button
            blocked={blocked !== null}
            pendingLabel={setStatus.isPending ? "Requesting…" : null}
            onClick={() => setStatus.mutate({ incidentId, status: next.status, reason: text.trim() })}
          >
            {next.title}, with this as the reason
          </Button>
          {blocked !== null && <span className="text-sm text-muted">{blocked}</span>}
        </div>
      </form>
    </Card>
  );
}
