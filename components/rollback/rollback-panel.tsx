"use client";
/**
 * Going back, in one scroll: target, what changes, what it will not undo, whom it touches, the reason, one button. The
 * outcome is the stepper, from what really happened; nothing is shown before the server has said it.
 */
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useState, type ReactNode, type RefObject } from "react";
import { failureOf } from "@/components/data/failure";
import { useLiveQuery } from "@/components/data/live";
import type { RollbackPreview } from "@/components/data/outputs";
import { useTRPC } from "@/components/data/api-provider";
import { QueryState } from "@/components/data/query-state";
import { Notice } from "@/components/ui/states";
import { isRehearsal } from "@/server/domain/rehearsal/rehearsal";
import { RollbackForm } from "./rollback-form";
import { RollbackOutcome } from "./rollback-outcome";

interface RollbackPanelProps {
  application: string;
  alias: string;
  to?: string;
  reasonRef?: RefObject<HTMLTextAreaElement | null>;
}

/** The panel's data: the preview as of the revision that was first seen, so that a move in between is noticed. */
function usePreview(application: string, alias: string, toReleaseId: string | undefined) {
  const trpc = useTRPC();
  const [revision, setRevision] = useState<number | undefined>(undefined);
  const input = {
    application,
    alias,
    ...(toReleaseId === undefined ? {} : { toReleaseId }),
    ...(revision === undefined ? {} : { revision }),
  };
  const query = useQuery({
    ...trpc.rollback.preview.queryOptions(input),
    ...useLiveQuery(),
    placeholderData: keepPreviousData,
  });
  if (revision === undefined && query.data !== undefined) setRevision(query.data.revision);
  return query;
}

export function RollbackPanel({ application, alias, to, reasonRef }: RollbackPanelProps): ReactNode {
  const trpc = useTRPC();
  const [chosen, setChosen] = useState(to);
  const preview = usePreview(application, alias, chosen);
  const execute = useMutation(trpc.rollback.execute.mutationOptions());

  if (execute.data !== undefined) {
    return <RollbackOutcome application={application} alias={alias} incidentId={execute.data.incidentId} />;
  }
  const run = (data: RollbackPreview, reason: string): void => {
    if (data.target === null) return;
    execute.mutate({ application, alias, reason, toReleaseId: data.target.release.releaseId, revision: data.revision });
  };
  const failure = execute.error === null ? null : failureOf(execute.error);
  return (
    <QueryState query={preview} name="The rollback's preview">
      {(data) => (
        <>
          {isRehearsal(application) && (
            <div className="mb-4">
              <Notice tone="info">Rehearsal: no gateway serves it, so no user is touched.</Notice>
            </div>
          )}
          <RollbackForm
            preview={data}
            chosen={chosen !== undefined}
            pending={execute.isPending}
            onChoose={setChosen}
            onExecute={(reason) => run(data, reason)}
            {...(reasonRef === undefined ? {} : { reasonRef })}
            problem={
              failure !== null && (
                <Notice tone="breach" live>
                  {failure.kind === "unreachable"
                    ? "No answer came, so it is unknown whether it was carried out. Trying again is safe: it moves the alias once, and only if nothing else has moved it."
                    : failure.detail}
                </Notice>
              )
            }
            failed={failure !== null}
          />
        </>
      )}
    </QueryState>
  );
}
