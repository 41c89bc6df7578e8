"use client";
/** Judges: how far each agrees with people, until when it may drive a rollback, and whether it still scores as it did. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { JudgeItem } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { Card, Facts } from "@/components/ui/card";
import { formatCount, formatShare } from "@/components/ui/format";
import { ScrollArea } from "@/components/ui/scroll-area";
import { Sentence } from "@/components/ui/sentence";
import { EmptyState } from "@/components/ui/states";
import { StatusBadge } from "@/components/ui/status-badge";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";

const LABEL_COMMAND = (application: string): string =>
  `curl -X POST -H "Authorization: Bearer $SWITCHBACK_TOKEN" -H "Content-Type: application/json" ` +
  `$SWITCHBACK_URL/api/v1/judges/labels -d '{"application": "${application}", "judge": "groundedness@3", ` +
  `"score": "groundedness", "labels": [{"itemId": "req_8a2", "humanValue": 1, "labelledBy": "ana"}]}'`;

export function JudgesScreen({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const query = useQuery({ ...trpc.judges.list.queryOptions({ application }), ...useLiveQuery() });
  return (
    <QueryState query={query} name="Judges">
      {({ sentence, tone, items }) => (
        <div className="flex flex-col gap-4">
          <Sentence tone={tone}>{sentence}</Sentence>
          {items.length === 0 && (
            <EmptyState
              title="Let people label some of its answers"
              command={LABEL_COMMAND(application)}
              className="py-4"
            >
              Fifty labels of the last 30 days, some that people pass and some that they fail, calibrate a judge. Until
              then its rules pause a rollout and do not roll it back.
            </EmptyState>
          )}
          {items.map((item) => (
            <JudgeCard key={`${item.judge} ${item.score}`} item={item} />
          ))}
        </div>
      )}
    </QueryState>
  );
}

function JudgeCard({ item }: { item: JudgeItem }): ReactNode {
  const { judge, score, calibrated, calibratedUntil, drifting, reasons, agreement, anchors } = item;
  return (
    <Card
      title={
        <>
          <code>{judge}</code> on {score}
        </>
      }
      note={
        <span className="inline-flex flex-wrap items-center gap-2">
          {calibrated ? (
            <StatusBadge status="pass">Calibrated</StatusBadge>
          ) : (
            <StatusBadge status="review">Not calibrated</StatusBadge>
          )}
          {drifting && <StatusBadge status="breach">Drifts</StatusBadge>}
        </span>
      }
    >
      <div className="flex flex-col gap-4">
        <Facts
          items={[
            {
              label: "May roll back",
              value:
                calibrated && !drifting ? (
                  <>yes{calibratedUntil !== null && <Until at={calibratedUntil} />}</>
                ) : (
                  `no: ${drifting ? "it no longer scores its anchor answers as it did" : reasons.join("; ")}`
                ),
            },
            { label: "Agreement", value: rateWords(agreement) },
            { label: "Cohen’s kappa", value: agreement.kappa === null ? "n/a" : agreement.kappa.toFixed(2) },
            { label: "Bias", value: biasWords(agreement) },
            { label: "Human labels", value: `${formatCount(agreement.n)} in the last 30 days` },
          ]}
        />
        <Anchors name={`${judge} on ${score}`} anchors={anchors} />
      </div>
    </Card>
  );
}

function Until({ at }: { at: string }): ReactNode {
  return (
    <>
      , until <Time at={at} /> at the latest: then too few of its labels are recent
    </>
  );
}

function rateWords({ n, rate, rateLower, rateUpper }: JudgeItem["agreement"]): string {
  if (rate === null) return "n/a";
  const interval =
    rateLower === null || rateUpper === null ? "" : ` [${formatShare(rateLower)}–${formatShare(rateUpper)}]`;
  return `${formatShare(rate)}${interval} n=${formatCount(n)}`;
}

/** Judge minus person. */
function biasWords({ bias, biasLower, biasUpper }: JudgeItem["agreement"]): string {
  if (bias === null) return "n/a";
  const kind = bias > 0 ? "kinder" : bias < 0 ? "stricter" : "neither kinder nor stricter";
  const interval = biasLower === null || biasUpper === null ? "" : ` [${signed(biasLower)} to ${signed(biasUpper)}]`;
  return `${signed(bias)}${interval}: ${kind} than people`;
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
}

type Anchor = JudgeItem["anchors"][number];

const COLUMNS: readonly Column<Anchor>[] = [
  { key: "at", header: "Run", lead: true, cell: (row) => <Time at={row.at} short relative /> },
  { key: "n", header: "Answers", align: "right", cell: (row) => formatCount(row.n) },
  {
    key: "difference",
    header: "Against the first run",
    align: "right",
    cell: ({ difference, lower, upper }) =>
      difference === null
        ? "—"
        : `${signed(difference)}${lower === null || upper === null ? "" : ` [${signed(lower)} to ${signed(upper)}]`}`,
  },
  {
    key: "drifting",
    header: "State",
    cell: ({ drifting }) =>
      drifting ? (
        <StatusBadge status="breach">Drifts</StatusBadge>
      ) : (
        <StatusBadge status="pass" quiet>
          As before
        </StatusBadge>
      ),
  },
];

function Anchors({ name, anchors }: { name: string; anchors: readonly Anchor[] }): ReactNode {
  if (anchors.length === 0) {
    return <p className="text-muted">No anchor run so far: nothing shows whether it still scores as it did.</p>;
  }
  return (
    <div className="flex flex-col gap-2">
      <h3 className="font-medium">Anchor runs</h3>
      <ScrollArea label={`Anchor runs of ${name}, newest first`} className="rounded-md border border-hairline">
        <Table
          caption={`Anchor runs of ${name}, newest first`}
          columns={COLUMNS}
          rows={anchors.toReversed()}
          rowKey={(row) => row.at}
        />
      </ScrollArea>
    </div>
  );
}
