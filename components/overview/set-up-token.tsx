"use client";
/** The token that the snippets are filled with: made here and shown once, or pasted nowhere and left a placeholder. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { CommandLine, Notice } from "@/components/ui/states";
import { roleReason } from "@/components/vocabulary/eligibility";

interface SetUpTokenProps {
  token: string | null;
  onToken: (token: string) => void;
}

export function SetUpToken({ token, onToken }: SetUpTokenProps): ReactNode {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const me = useMe();
  const create = useMutation(
    trpc.tokens.create.mutationOptions({
      onSuccess: (made) => onToken(made.token),
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.tokens.pathKey() }),
    }),
  );
  if (token !== null) {
    return (
      <div className="flex flex-col gap-2">
        <Notice tone="review" live>
          The snippets below carry this token. It is shown this once: copy it now, or make another later.
        </Notice>
        <CommandLine command={token} label="token" />
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-2">
      <p className="text-muted">
        It may register releases and send telemetry, for 90 days. Without it the snippets say YOUR_TOKEN.
      </p>
      <div>
        <Button
          kind="primary"
          disabledReason={roleReason(me, "admin")}
          pendingLabel={create.isPending ? "Creating…" : null}
          onClick={() => create.mutate({ name: "first steps", scopes: ["ci", "ingest"], expires: "90d" })}
        >
          Create a token
        </Button>
      </div>
      {create.error !== null && (
        <Notice tone="breach" live>
          {failureOf(create.error).detail}
        </Notice>
      )}
    </div>
  );
}
