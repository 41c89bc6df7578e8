"use client";
/** Saving, the way to publication, and the exports. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { Postmortem } from "@/components/data/outputs";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/states";
import { roleReason } from "@/components/vocabulary/eligibility";
import type { PostmortemEditor } from "./use-postmortem-editor";

type Status = Postmortem["status"];

interface BarProps {
  postmortem: Postmortem;
  editor: PostmortemEditor;
  canEdit: boolean;
  isOld: boolean;
}

export function PostmortemBar({ postmortem, editor, canEdit, isOld }: BarProps): ReactNode {
  const me = useMe();
  useSaveKey(editor.save);
  const cannotSave =
    roleReason(me, "on_call") ??
    (editor.isBehind ? "Look at what was saved meanwhile first" : null) ??
    (editor.unsaved === 0 ? "Nothing is unsaved" : null);
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
      {canEdit && (
        <Button
          kind="primary"
          disabledReason={cannotSave}
          pendingLabel={editor.isSaving ? "Saving…" : null}
          onClick={editor.save}
        >
          {editor.unsaved === 0 ? "Save" : `Save ${editor.unsaved === 1 ? "1 section" : `${editor.unsaved} sections`}`}
        </Button>
      )}
      {!isOld && <Transitions postmortem={postmortem} isUnsaved={editor.unsaved > 0} />}
      <Exports postmortem={postmortem} isOld={isOld} />
    </div>
  );
}

/** Ctrl+S and ⌘S save, as everywhere. */
function useSaveKey(save: () => void): void {
  const latest = useRef(save);
  useEffect(() => {
    latest.current = save;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== "s" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      latest.current();
    };
    globalThis.addEventListener("keydown", onKeyDown);
    return () => globalThis.removeEventListener("keydown", onKeyDown);
  }, []);
}

const MOVES: Readonly<Record<Status, string>> = {
  draft: "Back to draft",
  in_review: "Send to review",
  published: "Publish",
};

function Transitions({ postmortem, isUnsaved }: { postmortem: Postmortem; isUnsaved: boolean }): ReactNode {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const me = useMe();
  const { incident, version, nextStatuses, missingForPublication } = postmortem;
  const move = useMutation(
    trpc.postmortems.setStatus.mutationOptions({
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.postmortems.pathKey() }),
    }),
  );
  const role = roleReason(me, "on_call") ?? (isUnsaved ? "Save your text first" : null);
  const missing = nextStatuses.includes("published") ? missingForPublication : [];
  return (
    <>
      {nextStatuses.map((status) => (
        <Button
          key={status}
          disabledReason={role ?? (status === "published" && missing.length > 0 ? "Actions are incomplete" : null)}
          pendingLabel={move.isPending && move.variables.status === status ? "Requesting…" : null}
          onClick={() => move.mutate({ incidentId: incident.id, expectedVersion: version, status })}
        >
          {MOVES[status]}
        </Button>
      ))}
      {missing.length > 0 && (
        <div className="w-full">
          <Notice tone="review">It cannot be published yet: {missing.join("; ")}.</Notice>
        </div>
      )}
      {move.error !== null && (
        <div className="w-full">
          <Notice tone="breach" live>
            {failureOf(move.error).detail}
          </Notice>
        </div>
      )}
    </>
  );
}

const FORMATS = [
  ["html", "Printable page"],
  ["markdown", "Markdown"],
  ["json", "JSON"],
] as const;

function Exports({ postmortem, isOld }: { postmortem: Postmortem; isOld: boolean }): ReactNode {
  const address = `/api/v1/incidents/${encodeURIComponent(postmortem.incident.id)}/postmortem`;
  const version = isOld ? `&version=${postmortem.version}` : "";
  return (
    <span className="flex flex-wrap items-center gap-x-3">
      <span className="text-muted">Export</span>
      {FORMATS.map(([format, name]) => (
        <a key={format} href={`${address}?format=${format}${version}`} className="quiet-link">
          {name}
        </a>
      ))}
    </span>
  );
}
