"use client";
/** What somebody pinned, as it was then: a request with its features, or a chart with its numbers. */
import Link from "next/link";
import type { ReactNode } from "react";
import type { IncidentDetail } from "@/components/data/outputs";
import { Facts } from "@/components/ui/card";
import { formatCount, formatValue } from "@/components/ui/format";
import { onDemand } from "@/components/ui/on-demand";
import { Time } from "@/components/ui/time";
import { requestPath } from "@/components/vocabulary/paths";
import { ReleaseId } from "@/components/vocabulary/release";

const FrozenChart = onDemand(async () => (await import("./frozen-chart")).FrozenChart, { isForBrowser: true });

export type Evidence = NonNullable<NonNullable<IncidentDetail["timeline"][number]["evidence"]>>;
type PinnedRequest = Extract<Evidence, { kind: "request" }>["request"];

export function PinnedEvidence({ evidence }: { evidence: Evidence }): ReactNode {
  return (
    <div className="mt-2 min-w-0 rounded-md border border-hairline p-3">
      {evidence.kind === "chart" ? <FrozenChart chart={evidence.chart} /> : <RequestThen request={evidence.request} />}
      <p className="mt-2 text-sm text-muted">Kept as it was: it stays when the data behind it are deleted by age.</p>
    </div>
  );
}

function RequestThen({ request }: { request: PinnedRequest }): ReactNode {
  const { application, requestId, releaseId } = request;
  return (
    <div className="flex flex-col gap-3">
      <Facts
        items={[
          {
            label: "Request",
            value: (
              <Link href={requestPath(application, requestId)} className="quiet-link break-all">
                <code>{requestId}</code>
              </Link>
            ),
          },
          { label: "Time", value: <Time at={request.time} precision="second" /> },
          {
            label: "Release",
            value: releaseId === null ? "none given" : <ReleaseId application={application} releaseId={releaseId} />,
          },
          { label: "Outcome", value: outcomeWords(request) },
          { label: "Where", value: placeWords(request) },
          { label: "Measured", value: measuredWords(request) },
        ]}
      />
      {request.features.length > 0 && <Features request={request} />}
    </div>
  );
}

function Features({ request }: { request: PinnedRequest }): ReactNode {
  return (
    <div>
      <p className="text-sm font-medium text-muted">Features it was answered with</p>
      <ul className="text-sm">
        {request.features.map(({ view, name, value, timestamp }) => (
          <li key={`${view}.${name}`} className="break-words">
            <code>
              {view}.{name} = {JSON.stringify(value)}
            </code>
            {timestamp !== null && (
              <span className="text-muted">
                {" "}
                as of <Time at={timestamp} precision="second" />
              </span>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

const FLAGS = [
  ["refused", "refused"],
  ["toxic", "toxic"],
  ["policyViolation", "policy violation"],
] as const;

function outcomeWords(request: PinnedRequest): string {
  const { status, errorType, taskCompleted } = request;
  const flags = FLAGS.filter(([key]) => request[key] === true).map(([, words]) => words);
  return [
    errorType === null ? status : `${status}: ${errorType}`,
    ...(taskCompleted === null ? [] : [taskCompleted ? "task completed" : "task not completed"]),
    ...flags,
  ].join(", ");
}

function placeWords({ track, region, tenant, segments }: PinnedRequest): string {
  const places = { ...segments, ...(region === null ? {} : { region }), ...(tenant === null ? {} : { tenant }) };
  return [track, ...Object.entries(places).map(([key, value]) => `${key}=${value}`)].join(", ");
}

function measuredWords({ ttftMs, durationMs, inputTokens, outputTokens, costUsd, scores }: PinnedRequest): string {
  const parts = [
    ttftMs === null ? null : `first token after ${formatValue(ttftMs, "ms")}`,
    durationMs === null ? null : `done after ${formatValue(durationMs, "ms")}`,
    inputTokens === null ? null : `${formatCount(inputTokens)} tok in`,
    outputTokens === null ? null : `${formatCount(outputTokens)} tok out`,
    costUsd === null ? null : formatValue(costUsd, "usd_total"),
    ...scores.map(({ name, value }) => `${name} ${formatValue(value, "score")}`),
  ].filter((part) => part !== null);
  return parts.length === 0 ? "n/a" : parts.join(" · ");
}
