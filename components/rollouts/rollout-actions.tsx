"use client";
/** What a person may do with a live rollout: one reason, one press, the server's answer. Nothing is shown before it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTRPC, useTRPCClient } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { Me, RolloutDetail } from "@/components/data/outputs";
import { useMe } from "@/components/data/use-me";
import { useOpenRollback } from "@/components/rollback/rollback-launcher";
import { Button, type ButtonKind } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { TextArea } from "@/components/ui/field";
import { Notice } from "@/components/ui/states";
import { roleReason } from "@/components/vocabulary/eligibility";

type Verb = "approve" | "extend" | "reject" | "resume" | "pause" | "abort";

interface Action {
  verb: Verb;
  title: string;
  kind: ButtonKind;
  /** Puts the focus on it, and does not press it. */
  keys?: string;
  /** Why not; null when it may be done. */
  blocked: string | null;
}

/** The actions of the rollout's state, each with why this reader may not do it. */
function actionsOf(rollout: RolloutDetail, me: Me | undefined): Action[] {
  const manager = roleReason(me, "release_manager");
  const onCall = roleReason(me, "on_call");
  if (rollout.state !== "paused") {
    return [
      { verb: "pause", title: "Pause", kind: "plain", blocked: onCall },
      { verb: "abort", title: "Abort the rollout", kind: "plain", blocked: onCall },
    ];
  }
  const viewer = rollout.approval?.viewer ?? null;
  const mayApprove = viewer === null || viewer.eligible ? null : viewer.reason;
  const answer: Action[] =
    rollout.approval === null
      ? [{ verb: "resume", title: "Resume", kind: "primary", blocked: manager }]
      : [
          { verb: "approve", title: "Approve", kind: "primary", keys: "a", blocked: mayApprove ?? manager },
          { verb: "extend", title: "Extend the step", kind: "plain", blocked: mayApprove ?? manager },
          { verb: "reject", title: "Reject", kind: "plain", keys: "r", blocked: manager },
        ];
  return [...answer, { verb: "abort", title: "Abort the rollout", kind: "plain", blocked: onCall }];
}

/** Sends one verb, with the revision and the evidence that the reader has seen, and then asks for what is true now. */
function useRolloutVerb(rollout: RolloutDetail) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async ({ verb, reason }: { verb: Verb; reason: string }) => {
      const input = { rolloutId: rollout.id, reason, expectedRevision: rollout.revision };
      const seen = rollout.approval === null ? {} : { evidenceHash: rollout.approval.evidenceHash };
      return verb === "approve"
        ? client.rollouts.approve.mutate({ ...input, ...seen })
        : client.rollouts[verb].mutate(input);
    },
    onSettled: async () => {
      await queryClient.invalidateQueries({ queryKey: trpc.rollouts.pathKey() });
      await queryClient.invalidateQueries({ queryKey: trpc.overview.pathKey() });
    },
  });
}

/** While nothing asks for a person, only the way to the form is shown. */
export function RolloutActions({ rollout }: { rollout: RolloutDetail }): ReactNode {
  const openRollback = useOpenRollback();
  const [isOpen, setIsOpen] = useState(false);
  if (rollout.state === "paused" || isOpen) return <ActionForm rollout={rollout} />;
  return (
    <div className="flex flex-wrap gap-2">
      <Button size="control" className="max-sm:w-full" onClick={() => setIsOpen(true)}>
        Pause or abort…
      </Button>
      <Button size="control" className="max-sm:w-full" onClick={() => openRollback({ alias: rollout.alias })}>
        Roll back {rollout.alias}…
      </Button>
    </div>
  );
}

function ActionForm({ rollout }: { rollout: RolloutDetail }): ReactNode {
  const verb = useRolloutVerb(rollout);
  const me = useMe();
  const openRollback = useOpenRollback();
  const [reason, setReason] = useState("");
  const actions = actionsOf(rollout, me);
  const shared = sharedReason(actions) ?? (reason.trim() === "" ? "A reason is needed" : null);
  const running = verb.isPending ? verb.variables.verb : null;
  return (
    <Card
      title={rollout.state === "paused" ? "Decide" : "Act"}
      {...(rollout.approval === null ? {} : { note: approvalNote(rollout.approval) })}
    >
      <div className="flex flex-col gap-3">
        {rollout.pauseReason !== null && <Notice tone="review">{rollout.pauseReason}</Notice>}
        <TextArea label="Reason" hint="Kept in the audit log." rows={2} value={reason} onValueChange={setReason} />
        {verb.error !== null && (
          <Notice tone="breach" live>
            {failureOf(verb.error).detail}
          </Notice>
        )}
        <div className="flex flex-wrap items-center gap-2">
          {actions.map((action) => (
            <Button
              key={action.verb}
              kind={action.kind}
              {...(action.keys === undefined ? {} : { "aria-keyshortcuts": action.keys })}
              size="control"
              className="max-sm:w-full"
              pendingLabel={running === null ? null : running === action.verb ? "Requesting…" : action.title}
              disabledReason={shared === null ? action.blocked : null}
              blocked={shared !== null}
              onClick={() =>
                verb.mutate({ verb: action.verb, reason: reason.trim() }, { onSuccess: () => setReason("") })
              }
            >
              {action.title}
            </Button>
          ))}
          <Button
            size="control"
            className="max-sm:w-full sm:ml-auto"
            onClick={() => openRollback({ alias: rollout.alias })}
          >
            Roll back {rollout.alias}…
          </Button>
        </div>
        {shared !== null && <p className="text-sm text-muted">{shared}</p>}
      </div>
    </Card>
  );
}

/** One reason for all actions when it is the same for all, so that it is said once. */
function sharedReason(actions: readonly Action[]): string | null {
  const [first] = actions;
  return first !== undefined && actions.every((action) => action.blocked === first.blocked) ? first.blocked : null;
}

function approvalNote(approval: NonNullable<RolloutDetail["approval"]>): string {
  return `${approval.given} of ${approval.required} approvals. ${approval.eligibility}`;
}
