"use client";
/** The faces of a paged list: loading, failed, empty, rows with more to come. */
import type { UseInfiniteQueryResult, InfiniteData } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { formatCount } from "@/components/ui/format";
import { LoadingState } from "@/components/ui/loading-state";
import { Notice } from "@/components/ui/states";
import { failureOf } from "./failure";
import { Failed } from "./query-state";
import { useWaitingRows, type Held } from "./waiting-rows";

interface PagedListProps<Item> {
  query: UseInfiniteQueryResult<InfiniteData<{ items: Item[]; sentence?: string }>, unknown>;
  /** `Requests`: begins the sentences about it. */
  name: string;
  empty: ReactNode;
  /** With it, rows that arrive wait until they are asked for. */
  hold?: Held<Item>;
  children: (items: readonly Item[]) => ReactNode;
}

export function PagedList<Item>({ query, name, empty, hold, children }: PagedListProps<Item>): ReactNode {
  const all = query.data?.pages.flatMap((page) => page.items) ?? [];
  // While another filter's answer is on its way, the rows are still the old ones'.
  const { rows: items, waiting, show } = useWaitingRows(all, query.isPlaceholderData ? undefined : hold);
  if (query.isPending) return <LoadingState label={`${name} are loading`} lines={8} />;
  const failure = query.isError ? failureOf(query.error) : null;
  if (failure !== null && items.length === 0) {
    return <Failed name={name} failure={failure} onRetry={() => void query.refetch()} />;
  }
  if (items.length === 0) return empty;
  return (
    <>
      {failure !== null && (
        <Notice tone="review" live>
          {name} could not be refreshed: {failure.detail}
        </Notice>
      )}
      <Waiting count={waiting} onShow={show} />
      {children(items)}
      {query.hasNextPage && (
        <div className="mt-3 flex justify-center">
          <Button
            onClick={() => void query.fetchNextPage()}
            pendingLabel={query.isFetchingNextPage ? "Loading…" : null}
          >
            Show older
          </Button>
        </div>
      )}
    </>
  );
}

/** Says how many rows have arrived, until they are asked for. */
function Waiting({ count, onShow }: { count: number; onShow: () => void }): ReactNode {
  return (
    <output className="block">
      {count > 0 && (
        <Button size="small" className="mb-2" onClick={onShow}>
          {formatCount(count)} new · show
        </Button>
      )}
    </output>
  );
}
