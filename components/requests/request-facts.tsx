/** The request itself: every fact that its telemetry carried. */
import Link from "next/link";
import type { ReactNode } from "react";
import type { RequestItem } from "@/components/data/outputs";
import { Card, Facts } from "@/components/ui/card";
import { CopyButton } from "@/components/ui/copy-button";
import { formatValue } from "@/components/ui/format";
import { Time } from "@/components/ui/time";
import { requestPath, requestsPath } from "@/components/vocabulary/paths";
import { Outcome, RequestTable } from "./request-table";
import { RequestText } from "./request-text";

interface Fact {
  label: string;
  value: ReactNode;
}

function present(label: string, value: ReactNode): Fact[] {
  return value === null || value === undefined || value === "" ? [] : [{ label, value }];
}

function Id({ id, label }: { id: string; label: string }): ReactNode {
  return (
    <span className="inline-flex items-center gap-1">
      <code className="break-all">{id}</code>
      <CopyButton text={id} label={label} />
    </span>
  );
}

function figures(request: RequestItem): Fact[] {
  const number = (label: string, value: number | null, unit: string): Fact[] =>
    value === null ? [] : [{ label, value: formatValue(value, unit) }];
  return [
    ...number("First token", request.ttftMs, "ms"),
    ...number("Duration", request.durationMs, "ms"),
    ...number("Input", request.inputTokens, "tokens"),
    ...number("Output", request.outputTokens, "tokens"),
    ...number("Reasoning", request.reasoningTokens, "tokens"),
    ...number("Cost", request.costUsd, "usd_total"),
  ];
}

const SOURCES = {
  explicit: "sent by the gateway",
  version: "from the service version",
  alias: "from what the alias pointed at",
  unknown: "unknown",
} as const;

export function RequestFacts({ request }: { request: RequestItem }): ReactNode {
  const { application, traceId } = request;
  const segments = Object.entries(request.segments).map(([key, value]) => `${key}=${value}`);
  const scores = request.scoreDetails.map(
    (score) => `${score.name} ${formatValue(score.value, "score")}${score.judge === null ? "" : ` by ${score.judge}`}`,
  );
  return (
    <Card title="Request" actions={<Outcome request={request} />}>
      <Facts
        items={[
          { label: "Id", value: <Id id={request.requestId} label="request id" /> },
          { label: "Time", value: <Time at={request.time} precision="millisecond" relative /> },
          { label: "Track", value: request.track },
          { label: "Release", value: SOURCES[request.releaseSource] },
          ...present(
            "Trace",
            traceId === null ? null : (
              <Link href={requestsPath(application, { traceId })} className="quiet-link font-mono break-all">
                {traceId}
              </Link>
            ),
          ),
          ...present("Region", request.region),
          ...present("Tenant", request.tenant),
          ...present("Segments", segments.join(", ")),
          ...present("Subject", request.subjectHash === null ? null : <code>{request.subjectHash} (hash)</code>),
          ...figures(request),
          ...present("Scores", scores.join(", ")),
          ...present("Flags", request.flags.join("; ")),
        ]}
      />
      <RequestText request={request} />
    </Card>
  );
}

/** The other answer to the same question, of a shadowed request. */
export function Counterpart(props: { application: string; counterpart: RequestItem }): ReactNode {
  const { application, counterpart } = props;
  return (
    <Card
      title="The other answer"
      note={`${counterpart.track}, to the same question`}
      actions={
        <Link href={requestPath(application, counterpart.requestId)} className="quiet-link text-sm">
          Its trace
        </Link>
      }
      flush
    >
      <RequestTable application={application} rows={[counterpart]} />
    </Card>
  );
}
