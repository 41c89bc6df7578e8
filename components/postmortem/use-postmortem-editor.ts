"use client";
/** The unsaved text of a postmortem and its saving. Nothing of it is lost when somebody else saves first. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { Postmortem } from "@/components/data/outputs";
import { changedSections, clashes, rebased, withText, type Edits, type SectionId } from "./edits";

export interface PostmortemEditor {
  edits: Edits | null;
  /** Sections that differ from what was read. */
  unsaved: number;
  /** Somebody saved a version since this text was begun. */
  isBehind: boolean;
  clashing: ReturnType<typeof clashes>;
  isSaving: boolean;
  error: string | null;
  setText: (id: SectionId, text: string | undefined) => void;
  /** Carries the text over to the newest version, once the reader has seen what differs. */
  rebase: () => void;
  save: () => void;
}

/** Unsaved text by incident: it is still there when its writer has looked at another page meanwhile. */
const unsaved = new Map<string, Edits>();

export function usePostmortemEditor(postmortem: Postmortem): PostmortemEditor {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const incidentId = postmortem.incident.id;
  const [edits, setEdits] = useState<Edits | null>(() => unsaved.get(incidentId) ?? null);
  useEffect(() => {
    if (edits === null) unsaved.delete(incidentId);
    else unsaved.set(incidentId, edits);
  }, [edits, incidentId]);
  const save = useMutation(
    trpc.postmortems.save.mutationOptions({
      onSuccess: () => setEdits(null),
      // Also after a refusal: then what somebody else saved is shown beside this text.
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.postmortems.pathKey() }),
    }),
  );
  const changed = edits === null ? [] : changedSections(edits);
  useLeaveWarning(changed.length > 0);
  const isBehind = edits !== null && edits.baseVersion !== postmortem.version;
  return {
    edits,
    unsaved: changed.length,
    isBehind,
    clashing: edits === null ? [] : clashes(postmortem, edits),
    isSaving: save.isPending,
    error: save.error === null ? null : failureOf(save.error).detail,
    setText: (id, text) => setEdits((now) => withText({ postmortem, edits: now }, { id, text })),
    rebase: () => {
      save.reset();
      setEdits((now) => (now === null ? null : rebased(postmortem, now)));
    },
    save: () => {
      if (edits === null || changed.length === 0 || isBehind || save.isPending) return;
      save.mutate({ incidentId, expectedVersion: edits.baseVersion, sections: changed });
    },
  };
}

/** The browser asks before it throws unsaved text away. */
function useLeaveWarning(isUnsaved: boolean): void {
  useEffect(() => {
    if (!isUnsaved) return;
    const onLeave = (event: BeforeUnloadEvent): void => event.preventDefault();
    globalThis.addEventListener("beforeunload", onLeave);
    return () => globalThis.removeEventListener("beforeunload", onLeave);
  }, [isUnsaved]);
}
