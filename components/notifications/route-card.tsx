"use client";
/** One route: what goes where, how it is doing, a test whose result is shown, and switching it off, on or away. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { NotificationRoute } from "@/components/data/outputs";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { TextField } from "@/components/ui/field";
import { Notice } from "@/components/ui/states";
import { StatusBadge } from "@/components/ui/status-badge";
import { roleReason } from "@/components/vocabulary/eligibility";
import { CHANNELS } from "./route-draft";

const HEALTH = {
  ok: { status: "pass", word: "Arriving" },
  failing: { status: "breach", word: "Failing" },
  off: { status: "neutral", word: "Switched off" },
  idle: { status: "collecting", word: "Nothing sent yet" },
} as const;

const SEVERITY_WORDS = { critical: "critical alone", major: "major and critical", minor: "every severity" } as const;

/** `E-mail to on-call@example.org; every application, major and critical, 2 kinds`. */
function scopeWords({ application, minSeverity, kinds, settings }: NotificationRoute): string {
  const place = settings.channel === "email" ? ` to ${settings.to.join(", ")}` : "";
  const what = kinds.length === 0 ? "all kinds" : kinds.join(", ");
  const where = application ?? "every application";
  return `${CHANNELS[settings.channel].word}${place}; ${where}, ${SEVERITY_WORDS[minSeverity]}, ${what}`;
}

/** What asks for a reason before it is done. */
type Asked = "switch" | "remove";

export function RouteCard({ route, onEdit }: { route: NotificationRoute; onEdit: () => void }): ReactNode {
  const me = useMe();
  const [asked, setAsked] = useState<Asked | null>(null);
  const { status, word } = HEALTH[route.health.state];
  const role = roleReason(me, "admin");
  return (
    <Card title={route.name} note={scopeWords(route)} actions={<StatusBadge status={status}>{word}</StatusBadge>}>
      <div className="flex flex-col gap-3">
        <p className="break-words">{route.sentence}</p>
        {role !== null && <p className="text-sm text-muted">Changing and testing it: {role}</p>}
        {role === null && (
          <div className="flex flex-wrap items-center gap-2">
            <Test route={route} />
            <Button onClick={onEdit}>
              Change<span className="sr-only"> {route.name}</span>
            </Button>
            <Button aria-expanded={asked === "switch"} onClick={() => setAsked("switch")}>
              Switch {route.enabled ? "off" : "on"}…<span className="sr-only"> {route.name}</span>
            </Button>
            <Button aria-expanded={asked === "remove"} onClick={() => setAsked("remove")}>
              Remove…<span className="sr-only"> {route.name}</span>
            </Button>
          </div>
        )}
        {asked !== null && <Reasoned route={route} asked={asked} onDone={() => setAsked(null)} />}
      </div>
    </Card>
  );
}

/** While a test is under way its delivery is asked for this often, ms. */
const TEST_POLL_MS = 1_000;

/** Goes the way of everything else, so what it shows is what will happen. */
function Test({ route }: { route: NotificationRoute }): ReactNode {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const test = useMutation(
    trpc.notifications.test.mutationOptions({
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.notifications.pathKey() }),
    }),
  );
  const sent = test.data?.deliveryId;
  const query = useQuery({
    ...trpc.notifications.deliveries.queryOptions({ routeId: route.id, limit: 20 }),
    enabled: sent !== undefined,
    refetchInterval: (current) => {
      const delivery = current.state.data?.items.find(({ id }) => id === sent);
      return delivery === undefined || (delivery.state === "waiting" && delivery.lastError === null)
        ? TEST_POLL_MS
        : false;
    },
  });
  const delivery = query.data?.items.find(({ id }) => id === sent);
  return (
    <>
      <Button
        disabledReason={route.enabled ? null : "Switch it on to test it"}
        pendingLabel={test.isPending ? "Requesting…" : null}
        onClick={() => test.mutate({ routeId: route.id })}
      >
        Send a test<span className="sr-only"> through {route.name}</span>
      </Button>
      {test.error !== null && (
        <Notice tone="breach" live>
          {failureOf(test.error).detail}
        </Notice>
      )}
      {sent !== undefined && <TestResult delivery={delivery} />}
    </>
  );
}

function TestResult(props: {
  delivery: { state: string; lastError: string | null; nextAttemptAt: string | null } | undefined;
}): ReactNode {
  const { delivery } = props;
  if (delivery?.state === "delivered") {
    return (
      <Notice tone="info" live>
        The test was taken by the receiver.
      </Notice>
    );
  }
  if (delivery === undefined || delivery.lastError === null) {
    return (
      <Notice tone="neutral" live>
        The test is on its way.
      </Notice>
    );
  }
  return (
    <Notice tone="breach" live>
      The test did not arrive: {delivery.lastError}
      {delivery.nextAttemptAt !== null && ". It is tried again by itself."}
    </Notice>
  );
}

function Reasoned(props: { route: NotificationRoute; asked: Asked; onDone: () => void }): ReactNode {
  const { route, asked, onDone } = props;
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [reason, setReason] = useState("");
  const settled = {
    onSuccess: onDone,
    onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.notifications.pathKey() }),
  };
  const change = useMutation(trpc.notifications.switch.mutationOptions(settled));
  const remove = useMutation(trpc.notifications.remove.mutationOptions(settled));
  const error = change.error ?? remove.error;
  const isPending = change.isPending || remove.isPending;
  const words = asked === "remove" ? `Remove ${route.name}` : `Switch ${route.name} ${route.enabled ? "off" : "on"}`;
  const submit = (): void => {
    if (reason.trim() === "" || isPending) return;
    const given = { routeId: route.id, reason: reason.trim() };
    if (asked === "remove") remove.mutate(given);
    else change.mutate({ ...given, enabled: !route.enabled });
  };
  return (
    <form
      className="flex flex-wrap items-end gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <TextField label="Reason" value={reason} maxLength={2000} onChange={(event) => setReason(event.target.value)} />
      <Button
        type="submit"
        kind={asked === "remove" ? "danger" : "primary"}
        disabledReason={reason.trim() === "" ? "Give a reason first" : null}
        pendingLabel={isPending ? "Requesting…" : null}
      >
        {words}
      </Button>
      <Button kind="ghost" onClick={onDone}>
        Leave it
      </Button>
      {error !== null && (
        <Notice tone="breach" live>
          {failureOf(error).detail}
        </Notice>
      )}
    </form>
  );
}
