"use client";
/** A button that asks for a reason before it acts: what is done is kept with it. */
import { useState, type ReactNode } from "react";
import { Button, type ButtonKind } from "./button";
import { TextArea } from "./field";
import { Notice } from "./states";

interface ReasonFormProps {
  /** Verb and object: `Let f91be2a come back`. */
  title: string;
  /** Where the reason goes: `Kept in the audit log.` */
  hint: string;
  kind?: ButtonKind;
  /** Why it cannot be done by this reader, or now; null when it can. */
  disabledReason: string | null;
  pending: boolean;
  /** The failure in words, after a press. */
  problem: string | null;
  onSubmit: (reason: string) => void;
}

export function ReasonForm(props: ReasonFormProps): ReactNode {
  const { title, hint, kind = "plain", disabledReason, pending, problem, onSubmit } = props;
  const [isOpen, setIsOpen] = useState(false);
  const [reason, setReason] = useState("");
  if (!isOpen) {
    return (
      <div>
        <Button disabledReason={disabledReason} onClick={() => setIsOpen(true)}>
          {title}…
        </Button>
      </div>
    );
  }
  const missing = reason.trim() === "" ? "A reason is needed" : null;
  return (
    <form
      className="flex max-w-xl flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (missing === null && !pending) onSubmit(reason.trim());
      }}
    >
      <TextArea label="Reason" hint={hint} rows={2} value={reason} onValueChange={setReason} required />
      {problem !== null && (
        <Notice tone="breach" live>
          {problem}
        </Notice>
      )}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" kind={kind} disabledReason={missing} pendingLabel={pending ? "Requesting…" : null}>
          {title}
        </Button>
        <Button kind="ghost" onClick={() => setIsOpen(false)}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
