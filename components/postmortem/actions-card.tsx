"use client";
/** What will be changed after the incident: by whom, until when, and whether it is done. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { Inputs, Postmortem } from "@/components/data/outputs";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { SelectField, TextField } from "@/components/ui/field";
import { Notice } from "@/components/ui/states";
import { StatusBadge } from "@/components/ui/status-badge";
import { roleReason } from "@/components/vocabulary/eligibility";
import { ACTION_TYPES, type ActionType } from "@/server/domain/postmortem/action";

type Action = Postmortem["actions"][number];

const TYPE_WORDS: Readonly<Record<ActionType, string>> = {
  prevent: "prevent: it cannot happen again",
  detect: "detect: we see it sooner",
  mitigate: "mitigate: it hurts less",
};

export function ActionsCard({ postmortem }: { postmortem: Postmortem }): ReactNode {
  const { actions, incident } = postmortem;
  const open = actions.filter(({ status }) => status === "open").length;
  return (
    <Card title="Actions" note={actions.length === 0 ? "none yet" : `${open} of ${actions.length} open`} flush>
      <ul className="divide-y divide-hairline">
        {actions.map((action) => (
          <li key={action.id} className="px-3 py-2">
            <ActionRow action={action} />
          </li>
        ))}
      </ul>
      <AddAction incidentId={incident.id} />
    </Card>
  );
}

/** @returns the call that changes an action, with what went wrong in words. */
function useUpdate() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return useMutation(
    trpc.postmortems.updateAction.mutationOptions({
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.postmortems.pathKey() }),
    }),
  );
}

function ActionRow({ action }: { action: Action }): ReactNode {
  const me = useMe();
  const update = useUpdate();
  const [isEditing, setIsEditing] = useState(false);
  const { id: actionId, revision, status, text } = action;
  const change = (fields: Omit<Inputs["postmortems"]["updateAction"], "actionId" | "revision">): void =>
    update.mutate({ actionId, revision, ...fields }, { onSuccess: () => setIsEditing(false) });
  const mayChange = roleReason(me, "on_call") === null;
  return (
    <div className="flex flex-col gap-1">
      <ActionFacts action={action} />
      {isEditing && <OwnerAndDay action={action} onSave={change} />}
      {mayChange && (
        <div className="flex flex-wrap gap-2">
          {status === "open" && (
            <Button size="small" aria-expanded={isEditing} onClick={() => setIsEditing(!isEditing)}>
              Owner and day
              <span className="sr-only"> of: {text}</span>
            </Button>
          )}
          <Button
            size="small"
            pendingLabel={update.isPending ? "Requesting…" : null}
            onClick={() => change({ status: status === "open" ? "done" : "open" })}
          >
            {status === "open" ? "Done" : "Open again"}
            <span className="sr-only">: {text}</span>
          </Button>
        </div>
      )}
      {update.error !== null && (
        <Notice tone="breach" live>
          {failureOf(update.error).detail}
        </Notice>
      )}
    </div>
  );
}

function ActionFacts({ action }: { action: Action }): ReactNode {
  const { status, text, type, owner, dueOn, overdue, link } = action;
  return (
    <>
      <p className={status === "open" ? "" : "text-muted line-through"}>{text}</p>
      <p className="flex flex-wrap items-center gap-x-2 text-sm text-muted">
        <StatusBadge status={overdue ? "breach" : status === "open" ? "collecting" : "pass"} quiet>
          {overdue ? "overdue" : status}
        </StatusBadge>
        <span>{type}</span>
        <span>{owner ?? "no owner"}</span>
        <span>{dueOn === null ? "no due date" : `due ${dueOn}`}</span>
        {link !== null && (
          <a href={link} rel="noopener noreferrer" className="quiet-link">
            tracker
          </a>
        )}
      </p>
    </>
  );
}

function OwnerAndDay(props: {
  action: Action;
  onSave: (fields: { owner: string | null; dueOn: string | null }) => void;
}): ReactNode {
  const [owner, setOwner] = useState(props.action.owner ?? "");
  const [dueOn, setDueOn] = useState(props.action.dueOn ?? "");
  return (
    <form
      className="flex flex-wrap items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        props.onSave({ owner: owner.trim() === "" ? null : owner.trim(), dueOn: dueOn === "" ? null : dueOn });
      }}
    >
      <TextField label="Owner" value={owner} maxLength={128} onChange={(event) => setOwner(event.target.value)} />
      <TextField label="Due" type="date" value={dueOn} onChange={(event) => setDueOn(event.target.value)} />
      <Button type="submit">Save</Button>
    </form>
  );
}

function AddAction({ incidentId }: { incidentId: string }): ReactNode {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const me = useMe();
  const [text, setText] = useState("");
  const [type, setType] = useState<ActionType>("prevent");
  const [owner, setOwner] = useState("");
  const [dueOn, setDueOn] = useState("");
  const add = useMutation(
    trpc.postmortems.addAction.mutationOptions({
      onSuccess: () => setText(""),
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.postmortems.pathKey() }),
    }),
  );
  const blocked = roleReason(me, "on_call") ?? (text.trim() === "" ? "Say what will change first" : null);
  return (
    <form
      className="flex flex-col gap-2 border-t border-hairline p-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (blocked !== null || add.isPending) return;
        add.mutate({
          incidentId,
          text: text.trim(),
          type,
          ...(owner.trim() === "" ? {} : { owner: owner.trim() }),
          ...(dueOn === "" ? {} : { dueOn }),
        });
      }}
    >
      <TextField label="New action" maxLength={1000} value={text} onChange={(event) => setText(event.target.value)} />
      <div className="grid grid-cols-2 gap-2">
        <TextField label="Owner" maxLength={128} value={owner} onChange={(event) => setOwner(event.target.value)} />
        <TextField label="Due" type="date" value={dueOn} onChange={(event) => setDueOn(event.target.value)} />
      </div>
      <SelectField
        label="Kind"
        options={ACTION_TYPES.map((value) => ({ value, label: TYPE_WORDS[value] }))}
        value={type}
        onValueChange={(value) => setType(ACTION_TYPES.find((each) => each === value) ?? "prevent")}
      />
      {add.error !== null && (
        <Notice tone="breach" live>
          {failureOf(add.error).detail}
        </Notice>
      )}
      <div>
        <Button type="submit" disabledReason={blocked} pendingLabel={add.isPending ? "Adding…" : null}>
          Add the action
        </Button>
      </div>
    </form>
  );
}
