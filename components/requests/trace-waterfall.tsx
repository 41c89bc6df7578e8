"use client";
/** The model calls of one trace on one time axis: when each began, waited for its first token, and ended. */
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import type { RequestItem } from "@/components/data/outputs";
import { Card } from "@/components/ui/card";
import { classNames } from "@/components/ui/class-names";
import { formatValue, NOT_APPLICABLE } from "@/components/ui/format";
import { requestPath } from "@/components/vocabulary/paths";

/** More calls than this are named, not drawn. */
const MOST = 50;

interface Bar {
  request: RequestItem;
  /** Shares of the axis, 0–1. */
  start: number;
  firstToken: number | null;
  end: number;
}

/** The calls in order of their beginning, on an axis from the first beginning to the last end; its length in ms. */
function barsOf(requests: readonly RequestItem[]): { bars: Bar[]; lengthMs: number } {
  const timed = requests
    .map((request) => ({
      request,
      startMs: Date.parse(request.time),
      lastMs: request.durationMs ?? request.ttftMs ?? 0,
    }))
    .toSorted((a, b) => a.startMs - b.startMs);
  const fromMs = timed[0]?.startMs ?? 0;
  const lengthMs = Math.max(1, ...timed.map(({ startMs, lastMs }) => startMs + lastMs - fromMs));
  const bars = timed.map(({ request, startMs, lastMs }) => ({
    request,
    start: (startMs - fromMs) / lengthMs,
    firstToken: request.ttftMs === null ? null : (startMs + request.ttftMs - fromMs) / lengthMs,
    end: (startMs + lastMs - fromMs) / lengthMs,
  }));
  return { bars, lengthMs };
}

export function Waterfall({ request }: { request: RequestItem }): ReactNode {
  const trpc = useTRPC();
  const { application, traceId } = request;
  const others = useQuery({
    ...trpc.requests.list.queryOptions({ application, traceId: traceId ?? "", limit: MOST }),
    enabled: traceId !== null,
  }).data;
  const calls = others === undefined || others.items.length === 0 ? [request] : others.items;
  const { bars, lengthMs } = barsOf(calls);
  return (
    <Card
      title="Timing"
      note={
        calls.length === 1
          ? `one call, ${formatValue(lengthMs, "ms")}`
          : `${calls.length} calls of the trace${others?.nextCursor === undefined ? "" : ", and more"}, ${formatValue(lengthMs, "ms")}`
      }
    >
      <ol className="flex flex-col gap-1.5">
        {bars.map((bar) => (
          <WaterfallRow key={bar.request.requestId} bar={bar} current={bar.request.requestId === request.requestId} />
        ))}
      </ol>
      <p className="mt-2 flex flex-wrap gap-x-4 text-sm text-muted">
        <span>
          <span aria-hidden="true" className="mr-1.5 inline-block h-2 w-4 rounded-sm border border-control hatch" />
          until the first token
        </span>
        <span>
          <span aria-hidden="true" className="mr-1.5 inline-block h-2 w-4 rounded-sm bg-[var(--se-candidate)]" />
          answering
        </span>
      </p>
    </Card>
  );
}

function percent(share: number): string {
  return `${Math.min(100, Math.max(0, share * 100)).toFixed(2)}%`;
}

function WaterfallRow({ bar, current }: { bar: Bar; current: boolean }): ReactNode {
  const { request, start, firstToken, end } = bar;
  const answering = firstToken ?? start;
  return (
    <li>
      <div className="flex flex-wrap items-baseline gap-x-3 text-sm">
        {current ? (
          <span className="font-medium">this request</span>
        ) : (
          <Link
            href={requestPath(request.application, request.requestId)}
            className="quiet-link min-w-0 truncate font-mono"
          >
            {request.requestId}
          </Link>
        )}
        <span className="ml-auto text-muted">
          first token {request.ttftMs === null ? NOT_APPLICABLE : formatValue(request.ttftMs, "ms")} · whole{" "}
          {request.durationMs === null ? NOT_APPLICABLE : formatValue(request.durationMs, "ms")}
        </span>
      </div>
      <div aria-hidden="true" className="relative mt-0.5 h-3 rounded-sm bg-surface">
        {firstToken !== null && (
          <span
            className="absolute inset-y-0 rounded-l-sm border border-control hatch"
            style={{ left: percent(start), width: percent(firstToken - start) }}
          />
        )}
        <span
          className={classNames(
            "absolute inset-y-0 min-w-0.5 rounded-sm",
            request.status === "error" ? "bg-breach" : "bg-[var(--se-candidate)]",
          )}
          style={{ left: percent(answering), width: percent(end - answering) }}
        />
      </div>
    </li>
  );
}
