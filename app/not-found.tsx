/** No page has this address. Plain, because every page's first load carries it. */
import type { ReactNode } from "react";

export default function NotFound(): ReactNode {
  return (
    <main className="mx-auto flex max-w-2xl flex-col gap-3 px-4 py-10">
      <h1 className="text-lg font-semibold">No such page</h1>
      <p className="text-muted">Nothing has this address. An id may have been cut off when it was copied.</p>
      {/* The framework's link would load its code on every page for this one. */}
      {/* oxlint-disable-next-line nextjs/no-html-link-for-pages */}
      <a href="/" className="quiet-link">
        To the Overview
      </a>
    </main>
  );
}
