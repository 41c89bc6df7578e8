"use client";
/** Whom it hit and what it cost beyond the concurrent control, with intervals; and the requests as files. */
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { IncidentImpact as Impact } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { Card } from "@/components/ui/card";
import { formatCount, formatSignificant } from "@/components/ui/format";
import { Time } from "@/components/ui/time";
import { differenceWords, SegmentHarm } from "./segment-harm";

type Row = Impact["rows"][number];

export function IncidentImpact({ incidentId }: { incidentId: string }): ReactNode {
  const trpc = useTRPC();
  const query = useQuery({ ...trpc.incidents.impact.queryOptions({ incidentId }), ...useLiveQuery() });
  return (
    <Card
      title="Impact"
      {...(query.data == null
        ? {}
        : {
            note: (
              <>
                measured <Time at={query.data.from} short /> to <Time at={query.data.to} short />
              </>
            ),
          })}
    >
      <QueryState query={query} name="The impact">
        {(impact) => (impact === null ? <NoRelease /> : <Measured impact={impact} />)}
      </QueryState>
    </Card>
  );
}

function NoRelease(): ReactNode {
  return <p className="text-muted">It is about no release: there is nothing whose requests could be counted.</p>;
}

function Measured({ impact }: { impact: Impact }): ReactNode {
  const worse = impact.rows.filter((row) => row.worse === true);
  const others = impact.rows.filter((row) => row.worse !== true);
  return (
    <div className="flex flex-col gap-3">
      <p className="text-md font-medium">{impact.sentence}</p>
      {impact.control !== null && (
        <h3 className="text-sm font-medium text-muted">
          Against {impact.control.releaseId.slice(0, 7)} at the same time, with 95 % intervals
        </h3>
      )}
      {worse.length > 0 && <ImpactRows rows={worse} />}
      {others.length > 0 && (
        <details>
          <summary className="cursor-pointer">
            {others.length === 1 ? "One metric is" : `${others.length} metrics are`} not clearly worse
          </summary>
          <ImpactRows rows={others} />
        </details>
      )}
      {impact.control === null && (
        <p className="text-muted">Nothing served beside it, so there is nothing to compare it with.</p>
      )}
      {impact.segments.length > 0 && <SegmentHarm segments={impact.segments.slice(0, SEGMENTS)} />}
      <Affected impact={impact} />
    </div>
  );
}

/** One metric a line: both values, the difference where it is clear, and what it adds up to. */
function ImpactRows({ rows }: { rows: readonly Row[] }): ReactNode {
  return (
    <ul className="mt-1 flex flex-col gap-1">
      {rows.map((row) => (
        <li key={row.metric} className="flex flex-wrap gap-x-2">
          <span>{row.label}</span>
          <span className={row.worse === true ? "font-medium text-breach-fg" : "text-muted"}>
            {differenceWords(row)}
            {row.worse === true && " worse"}
          </span>
          {row.extra !== null && <span className="text-muted">{extraWords(row.extra)}</span>}
        </li>
      ))}
    </ul>
  );
}

const EXTRA_WORDS = { requests: "requests", tokens: "tok", usd: "USD" } as const;

/** `about 41 requests more [22–60]`. */
function extraWords({ value, lower, upper, unit }: NonNullable<Row["extra"]>): string {
  const write = (number: number): string =>
    unit === "usd" ? formatSignificant(number) : formatCount(Math.round(number));
  const interval = lower === null || upper === null ? "" : ` [${write(lower)} to ${write(upper)}]`;
  return `${write(Math.abs(value))} ${EXTRA_WORDS[unit]} ${value < 0 ? "fewer" : "more"} than at the control’s rate${interval}`;
}

/** Segments shown; the rest is on the comparison page. */
const SEGMENTS = 6;

/** The requests themselves: on their page, and as files to tell those whom it concerns. */
function Affected({ impact }: { impact: Impact }): ReactNode {
  const file = `/api/v1/incidents/${encodeURIComponent(impact.incidentId)}/requests`;
  return (
    <p className="flex flex-wrap gap-x-4 gap-y-1">
      <Link href={impact.href} className="quiet-link">
        All {formatCount(impact.requests)} requests
      </Link>
      <a href={`${file}?format=csv&bad=true`} download className="quiet-link">
        The bad ones as CSV
      </a>
      <a href={`${file}?format=csv`} download className="quiet-link">
        All as CSV
      </a>
      <a href={`${file}?format=ndjson`} download className="quiet-link">
        All as NDJSON
      </a>
    </p>
  );
}
