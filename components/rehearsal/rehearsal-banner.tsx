/** On every page of a rehearsal: that it is one, and the way back. Drawn on the server, so that no other page loads it. */
import Link from "next/link";
import type { ReactNode } from "react";
import { Notice } from "@/components/ui/states";
import { sectionPath } from "@/components/vocabulary/paths";
import { isRehearsal, rehearsedBy } from "@/server/domain/rehearsal/rehearsal";

export function RehearsalBanner({ application }: { application: string }): ReactNode {
  if (!isRehearsal(application)) return null;
  return (
    <div className="mb-4">
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
    </div>
  );
}
