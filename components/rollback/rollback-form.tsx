"use client";
/** The panel's content before the click. The button names verb and object; friction follows the danger. */
import { useEffect, useState, type ReactNode, type RefObject } from "react";
import { useMe } from "@/components/data/use-me";
import type { RollbackPreview } from "@/components/data/outputs";
import { Button } from "@/components/ui/button";
import { TextArea } from "@/components/ui/field";
import { SHORT_ID_LENGTH } from "@/components/ui/short-id";
import { CommandLine, Notice } from "@/components/ui/states";
import { Time } from "@/components/ui/time";
import { roleReason } from "@/components/vocabulary/eligibility";
import { ReleaseId } from "@/components/vocabulary/release";
import { BlastRadius, Gateways, Target, WhatChanges, WillNotUndo } from "./rollback-sections";

interface RollbackFormProps {
  preview: RollbackPreview;
  /** The reader chose the target themselves. */
  chosen: boolean;
  pending: boolean;
  onChoose: (releaseId: string) => void;
  onExecute: (reason: string) => void;
  reasonRef?: RefObject<HTMLTextAreaElement | null>;
  problem: ReactNode;
  failed: boolean;
}

/**
 * The safe direction is fast: going back to the last known good asks nothing more. Another target with open points
 * needs the reader to say that they have read them.
 */
function isRisky({ preview, chosen }: Pick<RollbackFormProps, "preview" | "chosen">): boolean {
  return chosen && (preview.target?.readiness.some((each) => each.ok === false) ?? false);
}

/** For when there is no evidence to quote: one press each, still editable. */
const REASONS = ["Wrong answers", "Too slow", "Too many errors", "Unsafe answers", "Too expensive"];

/** Why the button cannot be pressed now; null when it can. */
function useBlocked(preview: RollbackPreview, given: { reason: string; unconfirmed: boolean }): string | null {
  const role = roleReason(useMe(), "on_call");
  if (role !== null) return role;
  if (preview.target === null) return preview.targetMissingReason ?? "Nothing to go back to";
  if (given.reason.trim() === "") return "A reason is needed";
  return given.unconfirmed ? "Confirm the target’s open points above" : null;
}

function buttonText(preview: RollbackPreview): string {
  const target = preview.target?.release.releaseId.slice(0, SHORT_ID_LENGTH);
  return target === undefined ? `Roll back ${preview.alias}` : `Roll back ${preview.alias} to ${target}`;
}

export function RollbackForm(props: RollbackFormProps): ReactNode {
  const { preview, pending, reasonRef } = props;
  const [typed, setTyped] = useState<string | null>(null);
  const [accepted, setAccepted] = useState(false);
  // The form comes after the dialog has opened: then the focus is still its own to place.
  useEffect(() => reasonRef?.current?.focus(), [reasonRef]);
  const reason = typed ?? preview.suggestedReason;
  const risky = isRisky(props);
  const blocked = useBlocked(preview, { reason, unconfirmed: risky && !accepted });
  const submit = (): void => {
    if (blocked === null && !pending) props.onExecute(reason.trim());
  };
  if (preview.superseded !== null) return <Superseded preview={preview} />;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      className="flex flex-col gap-5"
    >
      <Target preview={preview} onChoose={props.onChoose} />
      <WhatChanges preview={preview} />
      <WillNotUndo lines={preview.willNotUndo} />
      <BlastRadius preview={preview} />
      <Gateways preview={preview} />
      <div className="flex flex-col gap-3 border-hairline bg-bg sm:sticky sm:-bottom-3 sm:-mx-4 sm:-mb-3 sm:border-t sm:px-4 sm:py-3">
        <TextArea
          label="Reason"
          hint="Kept in the audit log and the incident. Enter rolls back, Shift+Enter starts a new line."
          rows={2}
          value={reason}
          onValueChange={setTyped}
          onEnter={submit}
          required
          {...(reasonRef === undefined ? {} : { areaRef: reasonRef })}
        />
        {preview.suggestedReason === "" && reason === "" && <Presets onChoose={setTyped} />}
        {risky && <Confirmation accepted={accepted} onAccept={setAccepted} />}
        {props.problem}
        {props.failed && <SameCommand preview={preview} reason={reason} />}
        <div className="border-hairline bg-bg max-sm:sticky max-sm:bottom-13 max-sm:-mx-4 max-sm:border-t max-sm:px-4 max-sm:py-3">
          <Button
            type="submit"
            kind="danger"
            size="control"
            disabledReason={blocked}
            pendingLabel={pending ? "Requesting…" : null}
            className="max-sm:w-full"
          >
            {buttonText(preview)}
          </Button>
        </div>
      </div>
    </form>
  );
}

function Presets({ onChoose }: { onChoose: (reason: string) => void }): ReactNode {
  return (
    <div className="flex flex-wrap gap-2">
      {REASONS.map((each) => (
        <Button key={each} size="small" onClick={() => onChoose(each)}>
          {each}
        </Button>
      ))}
    </div>
  );
}

function Confirmation(props: { accepted: boolean; onAccept: (accepted: boolean) => void }): ReactNode {
  return (
    <label className="flex min-h-11 items-center gap-2">
      <input
        type="checkbox"
        className="size-5"
        checked={props.accepted}
        onChange={(event) => props.onAccept(event.target.checked)}
      />
      I have read the target’s open points and want it all the same.
    </label>
  );
}

/** The same on the command line, for when the page cannot reach the server. */
function SameCommand({ preview, reason }: { preview: RollbackPreview; reason: string }): ReactNode {
  if (preview.target === null) return null;
  const to = preview.target.release.releaseId;
  const command = `switchback rollback ${preview.application} --to ${to} --reason ${JSON.stringify(reason)}`;
  return <CommandLine label="command" command={command} />;
}

function Superseded({ preview }: { preview: RollbackPreview }): ReactNode {
  const move = preview.superseded;
  if (move === null) return null;
  return (
    <Notice tone="info" live>
      {preview.alias} moved <Time at={move.at} precision="second" short relative /> by {move.actor.label} to{" "}
      <ReleaseId application={preview.application} releaseId={move.toReleaseId} />: {move.reason}. Look at what serves
      now before going back again.
    </Notice>
  );
}
