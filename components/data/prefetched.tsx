/**
 * Reads a page's data on the server, so that its first sentence is in the HTML. Server only. What cannot be read here
 * is left to the browser, which shows the error with its retry.
 */
import {
  dehydrate,
  HydrationBoundary,
  type FetchInfiniteQueryOptions,
  type FetchQueryOptions,
} from "@tanstack/react-query";
import { createTRPCClient, TRPCClientError, type TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import { createTRPCOptionsProxy, type TRPCOptionsProxy } from "@trpc/tanstack-react-query";
import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import type { AppCaller } from "@/server/api/caller";
import type { AppRouter } from "@/server/api/router";
import { createQueryClient } from "./query-client";
import { signInPath } from "./sign-in";

/** Ends in a direct call of the procedure instead of HTTP. */
function directLink(caller: AppCaller): TRPCLink<AppRouter> {
  return () =>
    ({ op }) =>
      observable((observer) => {
        call(caller, op.path, op.input).then(
          (data) => {
            observer.next({ result: { type: "data", data } });
            observer.complete();
          },
          (error: unknown) =>
            observer.error(TRPCClientError.from(error instanceof Error ? error : new Error(String(error)))),
        );
      });
}

async function call(caller: AppCaller, path: string, input: unknown): Promise<unknown> {
  let node: unknown = caller;
  for (const key of path.split(".")) node = Reflect.get(node as object, key);
  // The caller is a proxy of the router: every path of an operation ends in a procedure.
  return (node as (input: unknown) => Promise<unknown>)(input);
}

// oxlint-disable typescript/no-explicit-any -- the lists hold queries of different outputs; each is typed where it is made
type AnyQuery = FetchQueryOptions<any, any, any, any>;
type AnyList = FetchInfiniteQueryOptions<any, any, any, any, any>;
// oxlint-enable typescript/no-explicit-any

interface PrefetchedProps {
  caller: AppCaller;
  queries?: (trpc: TRPCOptionsProxy<AppRouter>) => readonly AnyQuery[];
  /** Paged lists: their first page. */
  lists?: (trpc: TRPCOptionsProxy<AppRouter>) => readonly AnyList[];
  /** Where this page is, to come back to after signing in. */
  path: string;
  children: ReactNode;
}

export async function Prefetched({ caller, queries, lists, path, children }: PrefetchedProps): Promise<ReactNode> {
  const queryClient = createQueryClient();
  const client = createTRPCClient<AppRouter>({ links: [directLink(caller)] });
  const trpc = createTRPCOptionsProxy<AppRouter>({ client, queryClient });
  const results = await Promise.allSettled([
    ...(queries?.(trpc) ?? []).map(async (query) => queryClient.fetchQuery({ ...query, retry: false })),
    ...(lists?.(trpc) ?? []).map(async (list) => queryClient.fetchInfiniteQuery({ ...list, retry: false })),
  ]);
  for (const result of results) {
    const signIn = result.status === "rejected" ? signInPath(result.reason, path) : null;
    if (signIn !== null) redirect(signIn);
  }
  return <HydrationBoundary state={dehydrate(queryClient)}>{children}</HydrationBoundary>;
}
