"use client";
/** The browser's connection to the API: typed procedures, batched calls, a time limit on each. */
import { QueryClientProvider } from "@tanstack/react-query";
import { createTRPCClient, httpBatchLink } from "@trpc/client";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import { useState, type ReactNode } from "react";
import type { AppRouter } from "@/server/api/router";
import { createQueryClient } from "./query-client";

/** A call that has not answered by then has failed: a page must not look current while the network is gone. */
const TIMEOUT_MS = 15_000;

const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>();
export { useTRPC, useTRPCClient };

function createClient() {
  return createTRPCClient<AppRouter>({
    links: [
      httpBatchLink({
        url: "/api/trpc",
        fetch: async (url, options) =>
          fetch(url, {
            ...options,
            signal: AbortSignal.any([
              AbortSignal.timeout(TIMEOUT_MS),
              ...(options?.signal == null ? [] : [options.signal]),
            ]),
          } as RequestInit),
      }),
    ],
  });
}

export function ApiProvider(props: { children: ReactNode }): ReactNode {
  const [queryClient] = useState(createQueryClient);
  const [client] = useState(createClient);
  return (
    <QueryClientProvider client={queryClient}>
      <TRPCProvider trpcClient={client} queryClient={queryClient}>
        {props.children}
      </TRPCProvider>
    </QueryClientProvider>
  );
}
