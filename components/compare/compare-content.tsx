"use client";
/** The comparison itself: sentence, reasons, who against whom, then metrics, segments and the policy in words. */
import type { ReactNode } from "react";
import type { Compare } from "@/components/data/outputs";
import { useOpenRollback } from "@/components/rollback/rollback-launcher";
import { usePermalink } from "@/components/shell/permalink";
import { Button } from "@/components/ui/button";
import { useFreshness } from "@/components/ui/freshness";
import { Tabs } from "@/components/ui/tabs";
import { FreshSentence } from "@/components/vocabulary/fresh-sentence";
import { isLive } from "@/components/vocabulary/states";
import { CompareHeader } from "./compare-header";
import type { CompareParams } from "./compare-parsers";
import { CompareControls } from "./compare-controls";
import { MetricsTab } from "./metrics-tab";
import { PairsTab } from "./pairs-tab";
import { PolicyTab } from "./policy-tab";
import { SegmentTable } from "./segment-table";
import { WholeDifference } from "./window-differences";

interface CompareContentProps {
  compare: Compare;
  params: CompareParams;
  onParams: (change: Partial<CompareParams>) => void;
}

export function CompareContent({ compare, params, onParams }: CompareContentProps): ReactNode {
  const freshness = useFreshness(compare.freshness);
  const isStale = freshness === "stale" || freshness === "unreachable";
  const openRollback = useOpenRollback();
  const alias = compare.rollout?.alias;
  usePermalink({
    ...(compare.rollout === null ? {} : { rolloutId: compare.rollout.id }),
    from: compare.range.from,
    to: compare.range.to,
  });
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-start gap-3">
        <div className="min-w-0 flex-1 basis-80">
          <FreshSentence tone={compare.tone} freshness={compare.freshness}>
            {compare.sentence}
          </FreshSentence>
        </div>
        {alias !== undefined && isLive(compare.rollout?.state ?? "aborted") && compare.decision === "rollback" && (
          <Button kind="danger" size="control" className="max-sm:w-full" onClick={() => openRollback({ alias })}>
            Roll back {alias}…
          </Button>
        )}
      </div>
      <Reasons compare={compare} />
      <CompareHeader compare={compare} />
      <CompareControls compare={compare} params={params} onParams={onParams} />
      <Parts compare={compare} params={params} onParams={onParams} stale={isStale} />
    </div>
  );
}

function Parts({ compare, params, onParams, stale }: CompareContentProps & { stale: boolean }): ReactNode {
  return (
    <Tabs
      label="Parts of the comparison"
      // A link may name a part that this comparison does not have.
      value={params.tab === "pairs" && compare.mode !== "shadow" ? "metrics" : params.tab}
      onChange={(tab) => onParams({ tab })}
      tabs={[
        {
          value: "metrics",
          title: "Metrics",
          count: compare.rows.length,
          content: <MetricsTab compare={compare} stale={stale} params={params} onParams={onParams} />,
        },
        ...(compare.mode === "shadow"
          ? [{ value: "pairs" as const, title: "Pairs", content: <PairsTab compare={compare} /> }]
          : []),
        {
          value: "segments",
          title: "Segments",
          count: compare.segments.length,
          content: (
            <>
              {compare.mode !== "shadow" && <WholeDifference compare={compare} />}
              <SegmentTable compare={compare} stale={stale} />
            </>
          ),
        },
        { value: "policy", title: "Policy", content: <PolicyTab compare={compare} /> },
      ]}
    />
  );
}

/** Why, worst first; and what is better although the verdict is bad, or the reverse. */
function Reasons({ compare }: { compare: Compare }): ReactNode {
  if (compare.reasons.length === 0 && compare.bothTruths.length === 0) return null;
  return (
    <div className="grid gap-x-8 gap-y-2 sm:grid-cols-2">
      {compare.reasons.length > 0 && (
        <section>
          <h2 className="text-sm font-semibold text-muted">Because</h2>
          <ul className="mt-1 list-disc pl-4">
            {compare.reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </section>
      )}
      {compare.bothTruths.length > 0 && (
        <section>
          <h2 className="text-sm font-semibold text-muted">Also true</h2>
          <ul className="mt-1 list-disc pl-4">
            {compare.bothTruths.map((truth) => (
              <li key={truth}>{truth}</li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
