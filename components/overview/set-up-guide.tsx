"use client";
/** The steps to the first picture, with snippets for this installation; each is ticked when it has happened. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import { useInstallation } from "@/components/data/installation";
import type { Overview } from "@/components/data/outputs";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { CommandLine, Notice } from "@/components/ui/states";
import { StatusBadge } from "@/components/ui/status-badge";
import { roleReason } from "@/components/vocabulary/eligibility";
import { PLACEHOLDERS, registerSnippet, type SnippetTarget } from "@/server/domain/first-steps/snippets";
import { GatewaySnippets } from "./gateway-snippets";
import { SetUpToken } from "./set-up-token";

interface SetUpGuideProps {
  application: string;
  done: Overview["empty"];
}

export function SetUpGuide({ application, done }: SetUpGuideProps): ReactNode {
  const { publicUrl } = useInstallation();
  const [token, setToken] = useState<string | null>(null);
  const releaseId = useNewestRelease(application, done.registered);
  const target: SnippetTarget = {
    url: publicUrl,
    token: token ?? PLACEHOLDERS.token,
    application,
    releaseId: releaseId ?? PLACEHOLDERS.releaseId,
  };
  return (
    <ol className="flex flex-col gap-3">
      <Step number={1} title="Get a token" state={token === null ? "open" : "done"}>
        <SetUpToken token={token} onToken={setToken} />
      </Step>
      <Step number={2} title="Register a release" state={done.registered ? "done" : "waiting"}>
        <p className="text-muted">
          A release is everything that shapes an answer: prompt, model, adapter, router, feature views, settings. Its id
          is the hash of that list. In a pipeline, <code>switchback release register -f manifest.yaml</code> does it.
        </p>
        {!done.registered && <CommandLine command={registerSnippet(target)} label="command" />}
      </Step>
      <Step number={3} title="Point production at it" state={done.aliased ? "done" : "waiting"}>
        <p className="text-muted">Gateways read this alias to know what to serve.</p>
        {!done.aliased && <PointProduction application={application} releaseId={releaseId} />}
      </Step>
      <Step number={4} title="Send the first request" state={done.telemetry ? "done" : "waiting"}>
        <p className="text-muted">
          Point your gateway’s exporter here. Spans with <code>switchback.release.id</code> are attributed exactly.
        </p>
        {!done.telemetry && <GatewaySnippets target={target} />}
      </Step>
    </ol>
  );
}

/** Undefined until there is one. */
function useNewestRelease(application: string, registered: boolean): string | undefined {
  const trpc = useTRPC();
  const query = useQuery({ ...trpc.releases.list.queryOptions({ application, limit: 1 }), enabled: registered });
  return query.data?.items[0]?.release.releaseId;
}

const STATES = {
  done: { status: "pass", word: "Done" },
  waiting: { status: "collecting", word: "Waiting" },
  open: { status: "neutral", word: "For the snippets" },
} as const;

function Step(props: { number: number; title: string; state: keyof typeof STATES; children: ReactNode }): ReactNode {
  const { status, word } = STATES[props.state];
  return (
    <li className="flex flex-col gap-2 rounded-md border border-hairline p-4">
      <h2 className="flex flex-wrap items-center gap-3 text-md font-semibold">
        {props.number}. {props.title}
        <output>
          <StatusBadge status={status}>{word}</StatusBadge>
        </output>
      </h2>
      {props.children}
    </li>
  );
}

function PointProduction({ application, releaseId }: { application: string; releaseId: string | undefined }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const me = useMe();
  const move = useMutation(
    trpc.aliases.move.mutationOptions({
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.overview.pathKey() }),
    }),
  );
  const blocked = roleReason(me, "release_manager") ?? (releaseId === undefined ? "Register a release first" : null);
  return (
    <div className="flex flex-col gap-2">
      <div>
        <Button
          kind="primary"
          disabledReason={blocked}
          pendingLabel={move.isPending ? "Requesting…" : null}
          onClick={() => {
            if (releaseId === undefined) return;
            move.mutate({ application, alias: "production", releaseId, reason: "first release" });
          }}
        >
          Point production at {releaseId ?? "it"}
        </Button>
      </div>
      {move.error !== null && (
        <Notice tone="breach" live>
          {failureOf(move.error).detail}
        </Notice>
      )}
    </div>
  );
}
