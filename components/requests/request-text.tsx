"use client";
/** What was asked and answered: hidden until somebody says why they read it, which the audit log keeps. */
import { useMutation } from "@tanstack/react-query";
import Link from "next/link";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { RequestItem } from "@/components/data/outputs";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { TextField } from "@/components/ui/field";
import { Notice } from "@/components/ui/states";
import { roleReason } from "@/components/vocabulary/eligibility";
import { auditEntryPath } from "@/components/vocabulary/paths";

export function RequestText({ request }: { request: RequestItem }): ReactNode {
  if (!request.textStored) {
    return <p className="mt-3 text-sm text-muted">Request and response text is not stored for this application.</p>;
  }
  return <Hidden request={request} />;
}

function Hidden({ request }: { request: RequestItem }): ReactNode {
  const { application, requestId } = request;
  const trpc = useTRPC();
  const me = useMe();
  const reveal = useMutation(trpc.requests.reveal.mutationOptions());
  const [reason, setReason] = useState("");
  if (reveal.data !== undefined) {
    return (
      <section aria-label="Request and response text" className="mt-3">
        <p className="text-sm text-muted">
          Shown to you; kept in the{" "}
          <Link href={auditEntryPath(application, reveal.data.auditId)} className="quiet-link">
            audit log
          </Link>
          .
        </p>
        <Text name="Request" text={reveal.data.input} />
        <Text name="Response" text={reveal.data.output} />
      </section>
    );
  }
  const blocked = roleReason(me, "on_call") ?? (reason.trim() === "" ? "Say why first" : null);
  return (
    <form
      className="mt-3 flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (blocked === null && !reveal.isPending) reveal.mutate({ application, requestId, reason });
      }}
    >
      <TextField
        label="Why do you read what was asked and answered?"
        hint="The text is hidden. Your reason and your name are kept in the audit log."
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      {reveal.isError && (
        <Notice tone="breach" live>
          {failureOf(reveal.error).detail}
        </Notice>
      )}
      <div>
        <Button type="submit" disabledReason={blocked} pendingLabel={reveal.isPending ? "Asking…" : null}>
          Show the text
        </Button>
      </div>
    </form>
  );
}

function Text({ name, text }: { name: string; text: string | null }): ReactNode {
  return (
    <figure className="mt-2">
      <figcaption className="text-sm font-medium text-muted">{name}</figcaption>
      <pre className="mt-1 max-h-64 overflow-auto rounded-md bg-surface p-3 text-sm break-words whitespace-pre-wrap">
        {text ?? "not stored"}
      </pre>
    </figure>
  );
}
