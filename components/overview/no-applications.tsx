/** Before anything exists: how the first application comes into being. */
import type { ReactNode } from "react";
import { EmptyState } from "@/components/ui/states";

export function NoApplications(): ReactNode {
  return (
    <main>
      <EmptyState title="No application yet" command="switchback release register -f manifest.yaml">
        An application comes into being with its first registered release. To look around with made-up data first, run{" "}
        <code>npm run demo</code>.
      </EmptyState>
    </main>
  );
}
