"use client";
/** From one request to everything that served it: the sentence, the suspects, the manifest, the features, the others. */
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import type { RequestTrace } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { useOpenRollback } from "@/components/rollback/rollback-launcher";
import { Button, ButtonLink } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { copyText } from "@/components/ui/copy-button";
import { formatCount, formatShare } from "@/components/ui/format";
import { Sentence } from "@/components/ui/sentence";
import { comparePairPath, incidentPath, newIncidentPath, requestsPath } from "@/components/vocabulary/paths";
import { Counterpart, RequestFacts } from "./request-facts";
import { RequestTable, troublesOf } from "./request-table";
import { traceEvidence } from "./trace-evidence";
import { Features } from "./trace-features";
import { Gates, Journey } from "./trace-journey";
import { ServedManifest, Suspects } from "./trace-manifest";
import { Waterfall } from "./trace-waterfall";

export function TraceScreen(props: { application: string; requestId: string }): ReactNode {
  const { application, requestId } = props;
  const trpc = useTRPC();
  const query = useQuery(trpc.requests.trace.queryOptions({ application, requestId }));
  return (
    <QueryState query={query} name={`Request ${requestId}`}>
      {(trace) => <TraceContent trace={trace} />}
    </QueryState>
  );
}

function toneOf(trace: RequestTrace): "breach" | "review" | "neutral" {
  if (trace.request.status === "error") return "breach";
  return troublesOf(trace.request).length > 0 || trace.request.flags.length > 0 ? "review" : "neutral";
}

function TraceContent({ trace }: { trace: RequestTrace }): ReactNode {
  const { request } = trace;
  return (
    <div className="flex flex-col gap-4">
      <Sentence tone={toneOf(trace)}>{trace.sentence}</Sentence>
      <Actions trace={trace} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1.3fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <Suspects trace={trace} />
          <ServedManifest trace={trace} />
          <Gates trace={trace} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Waterfall request={request} />
          <RequestFacts request={request} />
          <Features trace={trace} />
          <Journey trace={trace} />
        </div>
      </div>
      {trace.counterpart !== null && <Counterpart application={request.application} counterpart={trace.counterpart} />}
      <Neighbours trace={trace} />
    </div>
  );
}

/** Requests that went as this one did: its status, track and region, whatever released them. */
function similarPath({ request }: RequestTrace): string {
  return requestsPath(request.application, {
    status: request.status,
    track: request.track,
    ...(request.region === null ? {} : { segment: `region=${request.region}` }),
  });
}

function Actions({ trace }: { trace: RequestTrace }): ReactNode {
  const openRollback = useOpenRollback();
  const alias = trace.aliasMove?.alias ?? trace.rollout?.alias;
  return (
    <div className="flex flex-wrap gap-2">
      <ButtonLink href={trace.neighbours.href} aria-keyshortcuts="e">
        Others hit by this ({formatCount(trace.neighbours.count)})
      </ButtonLink>
      <ButtonLink href={similarPath(trace)}>Similar to this</ButtonLink>
      {trace.changedSinceKnownGood !== null && trace.request.releaseId !== null && (
        <ButtonLink
          aria-keyshortcuts="d"
          href={comparePairPath(trace.request.application, {
            candidate: trace.request.releaseId,
            control: trace.changedSinceKnownGood.knownGood.releaseId,
          })}
        >
          Compare with last good
        </ButtonLink>
      )}
      {trace.incidentId !== null && (
        <ButtonLink href={incidentPath(trace.request.application, trace.incidentId)}>Incident</ButtonLink>
      )}
      <ButtonLink href={newIncidentPath(trace.request.application, aboutRequest(trace))}>
        Open an incident with this request…
      </ButtonLink>
      <CopyEvidence trace={trace} />
      {alias !== undefined && <Button onClick={() => openRollback({ alias })}>Roll back {alias}…</Button>}
    </div>
  );
}

/** The trace as text for a ticket or a chat; the button says that it is copied. */
function CopyEvidence({ trace }: { trace: RequestTrace }): ReactNode {
  const [said, setSaid] = useState<string | null>(null);
  return (
    <Button
      onClick={() =>
        void copyText(traceEvidence(trace, globalThis.location.href)).then((done) =>
          setSaid(done ? "Copied" : "Copying was refused"),
        )
      }
    >
      <output>{said ?? "Copy as evidence"}</output>
    </Button>
  );
}

/** What a new incident is given: the request, and the release that answered it. */
function aboutRequest({ request, aliasMove }: RequestTrace): Record<string, string> {
  return {
    requestId: request.requestId,
    ...(request.releaseId === null ? {} : { releaseId: request.releaseId }),
    ...(aliasMove === null ? {} : { alias: aliasMove.alias }),
  };
}

function Neighbours({ trace }: { trace: RequestTrace }): ReactNode {
  const { neighbours, request } = trace;
  if (neighbours.count === 0) return null;
  const share = neighbours.failing / neighbours.count;
  return (
    <Card
      title="Others hit by this"
      note={`same release and segment, within the hour: ${formatCount(neighbours.failing)} of ${formatCount(neighbours.count)} went wrong (${formatShare(share)})`}
      actions={
        <Link href={neighbours.href} className="quiet-link text-sm">
          All of them
        </Link>
      }
      flush
    >
      <RequestTable application={request.application} rows={neighbours.items} />
    </Card>
  );
}
