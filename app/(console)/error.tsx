"use client";
/** What is shown when a page itself fails: what is still true, and the way to try again. */
import type { ReactNode } from "react";
import { ErrorState } from "@/components/ui/states";

interface ErrorProps {
  error: Error & { digest?: string };
  reset: () => void;
}

export default function PageError({ error, reset }: ErrorProps): ReactNode {
  return (
    <ErrorState
      title="This page failed"
      detail="Something went wrong while it was drawn. Nothing was changed by that."
      stillTrue="Gateways keep serving what the aliases point at."
      requestId={error.digest ?? null}
      onRetry={reset}
    />
  );
}
