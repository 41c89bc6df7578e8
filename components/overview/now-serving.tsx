"use client";
/** What each alias serves: the release, the share of requests really seen on it, since when and by whom. */
import type { ReactNode } from "react";
import { useMe } from "@/components/data/use-me";
import type { Overview } from "@/components/data/outputs";
import { useOpenRollback } from "@/components/rollback/rollback-launcher";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { formatCount, formatShare } from "@/components/ui/format";
import { Time } from "@/components/ui/time";
import { roleReason } from "@/components/vocabulary/eligibility";
import { gitWords } from "@/components/vocabulary/git-words";
import { causeWord, ReleaseName } from "@/components/vocabulary/release";

type Alias = Overview["aliases"][number];

export function NowServing({ overview }: { overview: Overview }): ReactNode {
  return (
    <Card title="Now serving" note="share of requests observed in the last 5 min" flush>
      <ul className="divide-y divide-hairline">
        {overview.aliases.map((alias) => (
          <AliasRow key={alias.alias} alias={alias} configured={configuredShare(overview, alias.alias)} />
        ))}
      </ul>
    </Card>
  );
}

/** What the live rollout leaves to the alias' own release, 0–1; null without one that splits traffic. */
function configuredShare({ rollouts }: Overview, alias: string): number | null {
  const canary = rollouts.find(({ rollout }) => rollout.alias === alias && rollout.state !== "shadow");
  return canary === undefined ? null : 1 - canary.rollout.step.percentage / 100;
}

function AliasRow({ alias, configured }: { alias: Alias; configured: number | null }): ReactNode {
  const openRollback = useOpenRollback();
  const me = useMe();
  const isMain = alias.alias === "production";
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-3 py-2.5">
      <div className="min-w-0 flex-1 basis-64">
        <div className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-semibold">{alias.alias}</span>
          <ReleaseName release={alias.release} copy />
        </div>
        <div className="text-sm text-muted">
          since <Time at={alias.since} relative short /> · by {alias.by.label} · {causeWord(alias.cause)}
          {alias.git !== null && (
            <span className={alias.git === "in_sync" ? "" : "font-medium text-review-fg"}>
              {" "}
              · git {gitWords(alias.git)}
            </span>
          )}
        </div>
      </div>
      <div className="text-right max-sm:text-left">
        <div className="text-lg font-semibold">
          {alias.observedShare === null ? (
            <span className="text-muted">no traffic</span>
          ) : (
            formatShare(alias.observedShare)
          )}
        </div>
        <div className="text-sm text-muted">
          {configured !== null && `of ${formatShare(configured)} configured · `}n={formatCount(alias.observedCount)}
        </div>
      </div>
      {isMain && (
        <Button
          size="control"
          className="max-sm:w-full"
          onClick={() => openRollback({ alias: alias.alias })}
          disabledReason={roleReason(me, "on_call")}
        >
          Roll back…
        </Button>
      )}
    </li>
  );
}
