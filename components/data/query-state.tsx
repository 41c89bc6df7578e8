"use client";
/** A query's three faces: data when there is any, however old; else the error with retry; else the shape of loading. */
import type { UseQueryResult } from "@tanstack/react-query";
import Link from "next/link";
import { useEffect, type ReactNode } from "react";
import { useObserveServerTime } from "@/components/ui/clock";
import { LoadingState } from "@/components/ui/loading-state";
import { EmptyState, ErrorState, Notice } from "@/components/ui/states";
import { Time } from "@/components/ui/time";
import { failureOf, type Failure } from "./failure";

interface QueryStateProps<Data> {
  query: UseQueryResult<Data, unknown>;
  /** `Overview`: begins the sentences about it. */
  name: string;
  children: (data: Data) => ReactNode;
}

export function QueryState<Data>({ query, name, children }: QueryStateProps<Data>): ReactNode {
  if (query.data !== undefined) {
    return (
      <>
        {query.isError && <RefreshFailed failure={failureOf(query.error)} at={query.dataUpdatedAt} name={name} />}
        {children(query.data)}
      </>
    );
  }
  if (query.isError)
    return <Failed failure={failureOf(query.error)} name={name} onRetry={() => void query.refetch()} />;
  return <LoadingState label={`${name} is loading`} />;
}

const STILL_TRUE = "Gateways keep serving what the aliases point at: nothing here changes that.";

/** A failure in full, for a page or a part that has nothing else to show. */
export function Failed(props: { failure: Failure; name: string; onRetry: () => void }): ReactNode {
  const { failure, name, onRetry } = props;
  if (failure.kind === "unauthenticated") {
    return (
      <EmptyState title="You are signed out" actions={<SignInLink />}>
        {failure.detail}
      </EmptyState>
    );
  }
  if (failure.kind === "forbidden") return <EmptyState title={`${name}: not allowed`}>{failure.detail}</EmptyState>;
  if (failure.kind === "not_found") return <EmptyState title={`${name}: not found`}>{failure.detail}</EmptyState>;
  return (
    <ErrorState
      title={`${name} could not be read`}
      detail={failure.detail}
      stillTrue={STILL_TRUE}
      requestId={failure.requestId}
      onRetry={onRetry}
    />
  );
}

function SignInLink(): ReactNode {
  return (
    <Link href="/sign-in" className="quiet-link">
      Sign in
    </Link>
  );
}

function RefreshFailed(props: { failure: Failure; at: number; name: string }): ReactNode {
  return (
    <div className="mb-4">
      <Notice tone="review" live>
        {props.name} could not be refreshed: {props.failure.detail} What you see is from{" "}
        <Time at={props.at} precision="second" short relative />.
      </Notice>
    </div>
  );
}

/** Sets the page's clock by an answer that has just arrived. */
export function useServerTimeOf(asOf: string | undefined): void {
  const observe = useObserveServerTime();
  useEffect(() => {
    if (asOf !== undefined) observe(Date.parse(asOf));
  }, [asOf, observe]);
}
