/** On every page of a rehearsal: that it is one, and the way back. */
import Link from "next/link";
import type { ReactNode } from "react";
import { Notice } from "@/components/ui/states";
import { sectionPath } from "@/components/vocabulary/paths";
import { rehearsedBy } from "@/server/domain/rehearsal/rehearsal";

export function RehearsalBanner({ application }: { application: string }): ReactNode {
  return (
    <Notice
      tone="info"
      actions={
        <Link href={sectionPath(rehearsedBy(application), "drill")} className="quiet-link whitespace-nowrap">
          Back to the rehearsals
        </Link>
      }
    >
      <strong>Rehearsal.</strong> No gateway serves this application and its requests are simulated: nothing here
      reaches users, notifies anybody or is counted.
    </Notice>
  );
}
