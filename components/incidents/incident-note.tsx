"use client";
/** Writes a note into the record: Markdown, with a preview. It keeps its author; corrections stand beside it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode, type Ref } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { TextArea } from "@/components/ui/field";
import { Markdown } from "@/components/ui/markdown";
import { Notice } from "@/components/ui/states";
import { roleReason } from "@/components/vocabulary/eligibility";

interface IncidentNoteProps {
  incidentId: string;
  text: string;
  onText: (text: string) => void;
  areaRef: Ref<HTMLTextAreaElement>;
}

export function IncidentNote({ incidentId, text, onText, areaRef }: IncidentNoteProps): ReactNode {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const me = useMe();
  const [isPreview, setIsPreview] = useState(false);
  const note = useMutation(
    trpc.incidents.note.mutationOptions({
      onSuccess: () => {
        onText("");
        setIsPreview(false);
      },
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.incidents.pathKey() }),
    }),
  );
  const blocked = roleReason(me, "on_call") ?? (text.trim() === "" ? "Write something first" : null);
  return (
    <Card title="Add to the record" id="note">
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (blocked === null) note.mutate({ incidentId, text: text.trim() });
        }}
      >
        <TextArea
          label="Note (Markdown)"
          hint="Everyone sees it. It can be corrected in the story; the record keeps what you write now."
          value={text}
          onValueChange={onText}
          areaRef={areaRef}
        />
        {isPreview && (
          <section aria-label="Preview of the note" className="rounded-md border border-dashed border-hairline p-3">
            <Markdown>{text}</Markdown>
          </section>
        )}
        {note.error !== null && (
          <Notice tone="breach" live>
            {failureOf(note.error).detail}
          </Notice>
        )}
        <div className="flex flex-wrap items-center gap-2">
          <Button
            type="submit"
            kind="primary"
            disabledReason={blocked}
            pendingLabel={note.isPending ? "Adding…" : null}
          >
            Add the note
          </Button>
          <Button aria-pressed={isPreview} onClick={() => setIsPreview(!isPreview)}>
            {isPreview ? "Hide the preview" : "Preview"}
          </Button>
        </div>
      </form>
    </Card>
  );
}
