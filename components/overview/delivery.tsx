/** How changes went lately: how many were rolled back, how fast harm was seen and ended. Always with the counts. */
import Link from "next/link";
import type { ReactNode } from "react";
import type { Overview } from "@/components/data/outputs";
import { Card } from "@/components/ui/card";
import { formatCount, formatDuration, formatShare, NOT_APPLICABLE } from "@/components/ui/format";
import { sectionPath } from "@/components/vocabulary/paths";

type Lengths = Overview["delivery"]["detect"];

function Figure(props: { label: string; value: ReactNode; basis: string; href: string }): ReactNode {
  return (
    <li className="bg-bg">
      <Link href={props.href} className="flex h-full flex-col gap-0.5 px-3 py-2.5 hover:bg-surface">
        <span className="text-sm text-muted">{props.label}</span>
        <span className="font-semibold">{props.value}</span>
        <span className="text-sm text-muted">{props.basis}</span>
      </Link>
    </li>
  );
}

function basisOf({ count, longestMs }: Lengths, none: string): string {
  if (longestMs === null) return none;
  return count === 1
    ? "one incident"
    : `median of ${formatCount(count)} incidents, longest ${formatDuration(longestMs)}`;
}

function valueOf({ medianMs }: Lengths): string {
  return medianMs === null ? NOT_APPLICABLE : formatDuration(medianMs);
}

export function Delivery({ overview }: { overview: Overview }): ReactNode {
  const { days, changes, failed, detect, restore } = overview.delivery;
  const incidents = sectionPath(overview.application.id, "incidents");
  return (
    <Card title="Changes" note={`last ${days} days`} flush>
      <ul className="grid gap-px bg-hairline sm:grid-cols-3">
        <Figure
          label="Change failure rate"
          value={changes === 0 ? NOT_APPLICABLE : formatShare(failed / changes)}
          basis={
            changes === 0 ? "nothing has changed" : `${formatCount(failed)} of ${formatCount(changes)} rolled back`
          }
          href={sectionPath(overview.application.id, "rollouts")}
        />
        <Figure
          label="Time to detect"
          value={valueOf(detect)}
          basis={basisOf(detect, "no incident whose beginning is known")}
          href={incidents}
        />
        <Figure
          label="Time to restore"
          value={valueOf(restore)}
          basis={basisOf(restore, "no incident has been mitigated")}
          href={incidents}
        />
      </ul>
    </Card>
  );
}
