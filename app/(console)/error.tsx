"use client";
/** What is shown when a page itself fails. Plain, because every page's first load carries it. */
import type { ReactNode } from "react";

interface ErrorProps {
  error: Error & { digest?: string };
  reset: () => void;
}

export default function PageError({ error, reset }: ErrorProps): ReactNode {
  return (
    <div role="alert" className="mx-auto flex max-w-2xl flex-col gap-3 px-4 py-10">
      <h1 className="text-lg font-semibold">This page failed</h1>
      <p>Something went wrong while it was drawn. Nothing was changed by that.</p>
      <p className="text-muted">Gateways keep serving what the aliases point at.</p>
      <div className="flex items-center gap-3">
        <button type="button" onClick={reset} className="min-h-8 rounded-md border border-control px-3 font-medium">
          Try again
        </button>
        {error.digest !== undefined && <code className="text-sm text-muted">{error.digest}</code>}
      </div>
    </div>
  );
}
