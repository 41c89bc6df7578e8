/** API tokens. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Prefetched } from "@/components/data/prefetched";
import { TokensScreen } from "@/components/settings/tokens-screen";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "API tokens" };

export default async function TokensPage(): Promise<ReactNode> {
  return (
    <Prefetched
      caller={await api()}
      path="/settings/tokens"
      queries={(trpc) => [trpc.me.get.queryOptions({}), trpc.tokens.list.queryOptions({})]}
    >
      <TokensScreen />
    </Prefetched>
  );
}
