"use client";
/** On every page that speaks of what serves: git does not declare it, and for how long already. */
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import type { Overview } from "@/components/data/outputs";
import { Notice } from "@/components/ui/states";
import { Time } from "@/components/ui/time";
import { applicationPath, sectionPath } from "@/components/vocabulary/paths";

/** Pages that show an alias; the Overview lists drift among what needs a person, the drift page is about nothing else. */
const SHOWN_ON = ["rollouts", "releases", "incidents", "rollback", "compare"] as const;

export function DriftBanner({ overview }: { overview: Overview }): ReactNode {
  const pathname = usePathname();
  const application = overview.application.id;
  const [drift, ...others] = overview.needsAPerson.filter(({ kind }) => kind === "drift");
  const isShown = SHOWN_ON.some((page) => pathname.startsWith(`${applicationPath(application)}/${page}`));
  if (drift === undefined || !isShown) return null;
  return (
    <div className="mb-4">
      <Notice
        tone="review"
        actions={
          <Link href={sectionPath(application, "drift")} className="quiet-link whitespace-nowrap">
            Show the drift{others.length === 0 ? "" : ` (${others.length + 1})`}
          </Link>
        }
      >
        {drift.sentence} <Time at={drift.at} short relative />
      </Notice>
    </div>
  );
}
