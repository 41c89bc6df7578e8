/** The live rollouts: where each stands and what every gate says, one cell per gate. */
import Link from "next/link";
import type { ReactNode } from "react";
import type { Overview } from "@/components/data/outputs";
import { Card } from "@/components/ui/card";
import { formatSignificant } from "@/components/ui/format";
import { Time } from "@/components/ui/time";
import { comparePath, rolloutPath } from "@/components/vocabulary/paths";
import { ReleaseName } from "@/components/vocabulary/release";
import { RolloutStateBadge, VerdictBadge } from "@/components/vocabulary/states";

type Live = Overview["rollouts"][number];

export function CanaryNow({ overview, stale }: { overview: Overview; stale: boolean }): ReactNode {
  if (overview.rollouts.length === 0) {
    return (
      <Card title="Rollouts">
        <p className="text-muted">No rollout is running.</p>
      </Card>
    );
  }
  return overview.rollouts.map((live) => <LiveRollout key={live.rollout.id} live={live} stale={stale} />);
}

function LiveRollout({ live, stale }: { live: Live; stale: boolean }): ReactNode {
  const { rollout, gates } = live;
  const { application, step } = rollout;
  return (
    <Card
      title={rollout.state === "shadow" ? "Shadow now" : "Canary now"}
      note={
        <>
          {formatSignificant(step.percentage)} % · step {step.index + 1} of {step.count}
          {step.startedAt !== null && (
            <>
              {" "}
              since <Time at={step.startedAt} short />
            </>
          )}
        </>
      }
      actions={
        <Link href={comparePath(application, rollout.id)} className="quiet-link text-sm">
          Compare
        </Link>
      }
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <ReleaseName release={rollout.candidate} />
        <span className="text-muted">→ {rollout.alias}</span>
        <RolloutStateBadge state={rollout.state} />
        <Link href={rolloutPath(application, rollout.id)} className="quiet-link text-sm text-muted">
          rollout
        </Link>
      </div>
      <p className="mt-1">{rollout.sentence}</p>
      <ul className="mt-3 grid gap-px overflow-hidden rounded-md border border-hairline sm:grid-cols-2 xl:grid-cols-3">
        {gates.map((gate) => (
          <li key={gate.metric} className="hairlines">
            <Link href={gate.href} className="flex h-full min-h-11 flex-col gap-0.5 px-3 py-2 hover:bg-surface">
              <span className="flex items-start justify-between gap-2">
                <span className="min-w-0 font-medium" title={gate.metric}>
                  {gate.label}
                </span>
                <VerdictBadge verdict={gate.verdict} undecided={gate.undecided} stale={stale} quiet />
              </span>
              <span className="text-sm text-muted">{gate.detail}</span>
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
