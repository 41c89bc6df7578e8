/** Paged lists over the API's `{items, nextCursor?}`, for the server and the browser. */
import { infiniteQueryOptions, type QueryFunctionContext, type QueryKey } from "@tanstack/react-query";

/** The member of a list's input that asks for a later page. */
export interface PageCursor {
  cursor?: string;
}

interface OnePage<Page> {
  queryKey: QueryKey;
  queryFn?: unknown;
  /** Only carries the type of a page. */
  select?: ((page: Page) => unknown) | undefined;
}

/**
 * Options of an infinite query, from the options of one page: `pagedOptions((at) => trpc.audit.list.queryOptions({...filter, ...at}))`.
 * The API takes a cursor and nothing else, so each page is an ordinary call.
 */
export function pagedOptions<Page extends { nextCursor?: string | undefined }>(
  optionsOf: (at: PageCursor) => OnePage<Page>,
) {
  return infiniteQueryOptions({
    queryKey: [...optionsOf({}).queryKey, "pages"],
    initialPageParam: "",
    getNextPageParam: (page: Page) => page.nextCursor,
    queryFn: async (context) => {
      const page = optionsOf(context.pageParam === "" ? {} : { cursor: context.pageParam });
      // The page's own function reads its input from its own key; options of one page always carry it.
      const read = page.queryFn as (given: Omit<QueryFunctionContext, "pageParam" | "direction">) => Promise<Page>;
      return read({ ...context, queryKey: page.queryKey });
    },
  });
}
