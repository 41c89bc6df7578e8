"use client";
/** Every notification with what became of it; what was given up can be sent again. */
import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useQueryStates } from "nuqs";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { NotificationDelivery, NotificationRoute } from "@/components/data/outputs";
import { PagedList } from "@/components/data/paged-list";
import { pagedOptions } from "@/components/data/paging";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { SelectField } from "@/components/ui/field";
import { ScrollArea } from "@/components/ui/scroll-area";
import { Notice } from "@/components/ui/states";
import { StatusBadge } from "@/components/ui/status-badge";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { roleReason } from "@/components/vocabulary/eligibility";
import { deliveriesInput, deliveryParsers } from "./delivery-parsers";

const STATES = {
  waiting: { status: "running", word: "Waiting" },
  delivered: { status: "pass", word: "Delivered" },
  given_up: { status: "breach", word: "Given up" },
} as const;

/** What waits is tried again by itself: the list looks that often, ms. */
const POLL_MS = 5_000;

export function DeliveriesCard({ routes }: { routes: readonly NotificationRoute[] }): ReactNode {
  const trpc = useTRPC();
  const [params, setParams] = useQueryStates(deliveryParsers);
  const query = useInfiniteQuery({
    ...pagedOptions((at) => trpc.notifications.deliveries.queryOptions({ ...deliveriesInput(params), ...at })),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });
  return (
    <Card title="Deliveries" note="newest first" flush>
      <div className="flex flex-wrap gap-3 p-3">
        <SelectField
          label="State"
          options={[
            { value: "", label: "all" },
            ...Object.entries(STATES).map(([value, { word }]) => ({ value, label: word.toLowerCase() })),
          ]}
          value={params.state ?? ""}
          onValueChange={(value) => void setParams({ state: deliveryParsers.state.parse(value) })}
        />
        <SelectField
          label="Route"
          options={[{ value: "", label: "all" }, ...routes.map(({ id, name }) => ({ value: id, label: name }))]}
          value={params.routeId ?? ""}
          onValueChange={(value) => void setParams({ routeId: value === "" ? null : value })}
        />
      </div>
      <PagedList
        query={query}
        name="Deliveries"
        empty={<p className="px-3 pb-3 text-muted">Nothing of this kind was sent.</p>}
      >
        {(rows) => <Deliveries rows={rows} />}
      </PagedList>
    </Card>
  );
}

function Deliveries({ rows }: { rows: readonly NotificationDelivery[] }): ReactNode {
  const columns: Column<NotificationDelivery>[] = [
    {
      key: "what",
      header: "What",
      lead: true,
      cell: (row) => (
        <>
          <span className="block break-words">{row.sentence}</span>
          <span className="text-sm text-muted">
            <code>{row.kind}</code>
            {row.severity !== null && `, ${row.severity}`}
          </span>
          {row.lastError !== null && <span className="block text-sm break-words text-breach-fg">{row.lastError}</span>}
        </>
      ),
    },
    { key: "route", header: "Route", cell: (row) => row.routeName ?? <span className="text-muted">removed</span> },
    {
      key: "state",
      header: "State",
      cell: (row) => (
        <StatusBadge status={STATES[row.state].status} quiet>
          {STATES[row.state].word}
        </StatusBadge>
      ),
    },
    { key: "attempts", header: "Attempts", align: "right", cell: (row) => row.attempts },
    { key: "when", header: "When", cell: (row) => <When row={row} /> },
    { key: "resend", header: "Again", cell: (row) => <Resend row={row} /> },
  ];
  return (
    <ScrollArea label="Deliveries, newest first">
      <Table caption="Deliveries, newest first" columns={columns} rows={rows} rowKey={(row) => String(row.id)} />
    </ScrollArea>
  );
}

function When({ row }: { row: NotificationDelivery }): ReactNode {
  const { createdAt, deliveredAt, gaveUpAt, nextAttemptAt } = row;
  if (nextAttemptAt !== null) {
    return (
      <>
        next <Time at={nextAttemptAt} precision="second" short />
      </>
    );
  }
  return <Time at={deliveredAt ?? gaveUpAt ?? createdAt} precision="second" short />;
}

function Resend({ row }: { row: NotificationDelivery }): ReactNode {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const me = useMe();
  const resend = useMutation(
    trpc.notifications.resend.mutationOptions({
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.notifications.pathKey() }),
    }),
  );
  if (row.state === "delivered") return <span className="text-muted">—</span>;
  return (
    <>
      <Button
        size="small"
        disabledReason={roleReason(me, "on_call")}
        pendingLabel={resend.isPending ? "Requesting…" : null}
        onClick={() => resend.mutate({ deliveryId: row.id })}
      >
        {row.state === "waiting" ? "Try now" : "Send again"}
        <span className="sr-only">: {row.sentence.slice(0, 80)}</span>
      </Button>
      {resend.error !== null && (
        <Notice tone="breach" live>
          {failureOf(resend.error).detail}
        </Notice>
      )}
    </>
  );
}
