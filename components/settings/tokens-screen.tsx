"use client";
/** API tokens: create one (shown once), see their last use, revoke. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { TokenItem } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState, Notice } from "@/components/ui/states";
import { StatusBadge } from "@/components/ui/status-badge";
import { ScrollArea } from "@/components/ui/scroll-area";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { ROLE_WORDS } from "@/components/vocabulary/states";
import { TokenForm } from "./token-form";

export function TokensScreen(): ReactNode {
  const trpc = useTRPC();
  const query = useQuery(trpc.tokens.list.queryOptions({}));
  return (
    <div className="flex flex-col gap-4">
      <h1 className="text-xl font-semibold">API tokens</h1>
      <QueryState query={query} name="Tokens">
        {(page) => (
          <>
            <p className="text-md">{tokensSentence(page.items)}</p>
            <TokenForm />
            {page.items.length === 0 ? (
              <EmptyState title="No token yet" command="switchback token create --name gateway-eu --scope gateway">
                Gateways, pipelines and exporters sign in with tokens. They can also be created on the command line.
              </EmptyState>
            ) : (
              <TokenTable tokens={page.items} />
            )}
          </>
        )}
      </QueryState>
    </div>
  );
}

/** `3 tokens are active, 2 of them without an expiry.` */
export function tokensSentence(tokens: readonly Pick<TokenItem, "state" | "expiresAt">[]): string {
  const active = tokens.filter(({ state }) => state === "active");
  const endless = active.filter(({ expiresAt }) => expiresAt === null).length;
  const count = active.length === 1 ? "1 token is active" : `${active.length || "No"} tokens are active`;
  return endless === 0 ? `${count}.` : `${count}, ${endless} of them without an expiry.`;
}

function Revoke({ token }: { token: TokenItem }): ReactNode {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [asked, setAsked] = useState(false);
  const revoke = useMutation(
    trpc.tokens.revoke.mutationOptions({
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.tokens.pathKey() }),
    }),
  );
  if (token.state !== "active") return null;
  if (!asked) {
    return (
      <Button size="small" onClick={() => setAsked(true)}>
        Revoke…
      </Button>
    );
  }
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      <Button
        size="small"
        kind="danger"
        pendingLabel={revoke.isPending ? "Requesting…" : null}
        onClick={() => revoke.mutate({ tokenId: token.id })}
      >
        Revoke {token.name}
      </Button>
      <Button size="small" kind="ghost" onClick={() => setAsked(false)}>
        Keep it
      </Button>
      {revoke.error !== null && <Notice tone="breach">{failureOf(revoke.error).detail}</Notice>}
    </span>
  );
}

const STATES = { active: "pass", expired: "neutral", revoked: "neutral" } as const;

function TokenTable({ tokens }: { tokens: readonly TokenItem[] }): ReactNode {
  const columns: Column<TokenItem>[] = [
    {
      key: "name",
      header: "Name",
      lead: true,
      cell: (token) => (
        <>
          <span className="font-medium">{token.name}</span> <code className="text-sm text-muted">{token.prefix}…</code>
        </>
      ),
    },
    {
      key: "may",
      header: "May",
      cell: (token) => (token.role === null ? token.scopes.join(", ") : `everything of ${ROLE_WORDS[token.role]}`),
    },
    {
      key: "state",
      header: "State",
      cell: (token) => (
        <StatusBadge status={STATES[token.state]} quiet>
          {token.state}
        </StatusBadge>
      ),
    },
    {
      key: "used",
      header: "Last used",
      cell: (token) =>
        token.lastUsedAt === null ? (
          <span className="text-muted">never</span>
        ) : (
          <Time at={token.lastUsedAt} short relative className="whitespace-nowrap" />
        ),
    },
    {
      key: "expires",
      header: "Expires",
      cell: (token) =>
        token.expiresAt === null ? (
          <span className="text-muted">never</span>
        ) : (
          <Time at={token.expiresAt} precision="day" />
        ),
    },
    {
      key: "created",
      header: "Created",
      secondary: true,
      cell: (token) => <Time at={token.createdAt} precision="day" className="whitespace-nowrap" />,
    },
    { key: "by", header: "By", cell: (token) => token.createdBy },
    { key: "revoke", header: "Revoke", cell: (token) => <Revoke token={token} /> },
  ];
  return (
    <Card title="Tokens" flush>
      <ScrollArea label="API tokens, newest first">
        <Table caption="API tokens, newest first" columns={columns} rows={tokens} rowKey={(token) => token.id} />
      </ScrollArea>
    </Card>
  );
}
