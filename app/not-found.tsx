/** No page has this address. */
import Link from "next/link";
import type { ReactNode } from "react";
import { EmptyState } from "@/components/ui/states";

export default function NotFound(): ReactNode {
  return (
    <main>
      <EmptyState
        title="No such page"
        actions={
          <Link href="/" className="quiet-link">
            To the Overview
          </Link>
        }
      >
        Nothing has this address. An id may have been cut off when it was copied.
      </EmptyState>
    </main>
  );
}
