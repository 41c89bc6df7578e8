"use client";
/** Corrects what a note or a pin says, or the time it is about. The record keeps what was written before. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { TextArea, TextField } from "@/components/ui/field";
import { Notice } from "@/components/ui/states";
import { roleReason } from "@/components/vocabulary/eligibility";
import type { TimelineEntry } from "./timeline-model";

interface CorrectNoteDialogProps {
  incidentId: string;
  noteId: number;
  /** The entry as the story tells it now. */
  entry: TimelineEntry;
  onClose: () => void;
}

export function CorrectNoteDialog({ incidentId, noteId, entry, onClose }: CorrectNoteDialogProps): ReactNode {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const me = useMe();
  const [text, setText] = useState(entry.text);
  const [at, setAt] = useState(entry.at);
  const correct = useMutation(
    trpc.incidents.correctNote.mutationOptions({
      onSuccess: onClose,
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.incidents.pathKey() }),
    }),
  );
  const changes = {
    ...(text.trim() === entry.text ? {} : { text: text.trim() }),
    ...(at.trim() === entry.at ? {} : { at: at.trim() }),
  };
  const blocked = roleReason(me, "on_call") ?? (Object.keys(changes).length === 0 ? "Change something first" : null);
  return (
    <Dialog
      open
      onClose={onClose}
      title={entry.kind === "pin" ? "Correct what the pin says" : "Correct the note"}
      description="The story tells it the new way, with your name. What was written before stays in the record."
      footer={
        <Button
          kind="primary"
          size="control"
          disabledReason={blocked}
          pendingLabel={correct.isPending ? "Correcting…" : null}
          onClick={() => correct.mutate({ incidentId, noteId, ...changes })}
        >
          Correct
        </Button>
      }
    >
      <div className="flex flex-col gap-3">
        <TextArea label="Text" value={text} onValueChange={setText} rows={5} />
        <TextField
          label="When it happened (UTC)"
          hint="Like 2026-04-12T03:52:04Z."
          value={at}
          onChange={(event) => setAt(event.target.value)}
        />
        {correct.error !== null && (
          <Notice tone="breach" live>
            {failureOf(correct.error).detail}
          </Notice>
        )}
      </div>
    </Dialog>
  );
}
