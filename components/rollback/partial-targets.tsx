"use client";
/** Taking back one changed component instead of all: proposals, registered by the server only when one is chosen. */
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { RollbackPreview } from "@/components/data/outputs";
import { Button } from "@/components/ui/button";
import { SHORT_ID_LENGTH } from "@/components/ui/short-id";
import { Notice } from "@/components/ui/states";
import { ChangeChips } from "@/components/vocabulary/release";

export function PartialTargets(props: { preview: RollbackPreview; onChoose: (releaseId: string) => void }): ReactNode {
  const { preview, onChoose } = props;
  const trpc = useTRPC();
  const propose = useMutation(trpc.rollback.propose.mutationOptions());
  const { application, alias, from, target, partial } = preview;
  if (target === null || partial.length === 0) return null;
  const choose = (kind: string): void => {
    const reason = `take back ${kind} alone: ${preview.suggestedReason || "the rest is kept"}`.slice(0, 500);
    const sides = { fromReleaseId: from.releaseId, toReleaseId: target.release.releaseId };
    propose.mutate(
      { application, alias, ...sides, kind, reason },
      { onSuccess: ({ releaseId }) => onChoose(releaseId) },
    );
  };
  return (
    <details>
      <summary className="min-h-8 py-1.5 text-muted">Take back one change only ({partial.length})</summary>
      <ul className="mt-1 flex flex-col divide-y divide-hairline rounded-md border border-hairline">
        {partial.map((each) => (
          <li key={each.releaseId} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
            <ChangeChips changes={[each.change]} none="" />
            <code className="text-sm">{each.releaseId.slice(0, SHORT_ID_LENGTH)}</code>
            <span className="text-sm text-muted">{each.reason}</span>
            {each.eligible && (
              <span className="ml-auto">
                <Button
                  size="small"
                  pendingLabel={propose.isPending ? "Registering…" : null}
                  onClick={() => choose(each.change.kind)}
                >
                  {each.registered ? "Use it" : "Register and use it"}
                </Button>
              </span>
            )}
          </li>
        ))}
      </ul>
      {propose.error !== null && <Notice tone="breach">{failureOf(propose.error).detail}</Notice>}
    </details>
  );
}
