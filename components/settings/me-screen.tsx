"use client";
/** The reader: name and role, and where they are signed in, with the means to end each of those sessions. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { SessionItem } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { useMe } from "@/components/data/use-me";
import { Button } from "@/components/ui/button";
import { Card, Facts } from "@/components/ui/card";
import { formatCount } from "@/components/ui/format";
import { ScrollArea } from "@/components/ui/scroll-area";
import { Notice } from "@/components/ui/states";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { ROLE_WORDS } from "@/components/vocabulary/states";
import { browserWords } from "./browser-words";

export function MeScreen(): ReactNode {
  const trpc = useTRPC();
  const me = useMe();
  const query = useQuery(trpc.me.sessions.queryOptions({}));
  const role = me === undefined ? "…" : me.role === null ? "none: a token with scopes" : ROLE_WORDS[me.role];
  return (
    <div className="flex flex-col gap-4">
      <h1 className="text-xl font-semibold">You</h1>
      <Card title="Account">
        <Facts
          items={[
            { label: "Name", value: me?.name ?? "…" },
            { label: "Role", value: role },
          ]}
        />
        <form method="post" action="/sign-out" className="mt-3">
          <Button type="submit">Sign out here</Button>
        </form>
      </Card>
      <QueryState query={query} name="Your sessions">
        {({ items }) => <Sessions sessions={items} />}
      </QueryState>
    </div>
  );
}

function useEndSessions() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return useMutation(
    trpc.me.endSessions.mutationOptions({
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.me.pathKey() }),
    }),
  );
}

function sentenceOf(sessions: readonly SessionItem[]): string {
  if (sessions.length === 0) return "Nobody is signed in under this name: this page was opened with a token.";
  const others = sessions.filter(({ current }) => !current).length;
  if (others === 0) return "You are signed in here and nowhere else.";
  return `You are signed in here and in ${formatCount(others)} other ${others === 1 ? "browser" : "browsers"}.`;
}

function Sessions({ sessions }: { sessions: readonly SessionItem[] }): ReactNode {
  const end = useEndSessions();
  const hasOthers = sessions.some(({ current }) => !current);
  return (
    <>
      <p className="text-md">{sentenceOf(sessions)}</p>
      {sessions.length > 0 && (
        <Card
          title="Where you are signed in"
          flush
          actions={
            hasOthers && (
              <Button
                size="small"
                pendingLabel={end.isPending && end.variables.sessionId === undefined ? "Requesting…" : null}
                onClick={() => end.mutate({})}
              >
                Sign out everywhere else
              </Button>
            )
          }
        >
          <SessionTable sessions={sessions} end={end} />
        </Card>
      )}
      {end.error !== null && (
        <Notice tone="breach" live>
          {failureOf(end.error).detail}
        </Notice>
      )}
    </>
  );
}

function SessionTable(props: { sessions: readonly SessionItem[]; end: ReturnType<typeof useEndSessions> }): ReactNode {
  const { sessions, end } = props;
  const columns: Column<SessionItem>[] = [
    {
      key: "browser",
      header: "Browser",
      lead: true,
      cell: ({ userAgent, current }) => (
        <span title={userAgent ?? undefined}>
          <span className="font-medium">{browserWords(userAgent)}</span>
          {current && <span className="text-muted"> · this one</span>}
        </span>
      ),
    },
    { key: "from", header: "From", cell: ({ ipAddress }) => ipAddress ?? <span className="text-muted">n/a</span> },
    { key: "used", header: "Last used", cell: ({ lastUsedAt }) => <Time at={lastUsedAt} short relative /> },
    { key: "since", header: "Signed in", cell: ({ signedInAt }) => <Time at={signedInAt} short /> },
    { key: "expires", header: "Ends by itself", secondary: true, cell: ({ expiresAt }) => <Time at={expiresAt} /> },
    {
      key: "end",
      header: "End",
      cell: ({ id, current, userAgent }) =>
        current ? (
          <span className="text-muted">sign out above</span>
        ) : (
          <Button
            size="small"
            aria-label={`Sign out ${browserWords(userAgent)}`}
            pendingLabel={end.isPending && end.variables.sessionId === id ? "Requesting…" : null}
            onClick={() => end.mutate({ sessionId: id })}
          >
            Sign out
          </Button>
        ),
    },
  ];
  return (
    <ScrollArea label="Your sessions, the last used first">
      <Table
        caption="Your sessions, the last used first"
        columns={columns}
        rows={sessions}
        rowKey={(session) => session.id}
      />
    </ScrollArea>
  );
}
