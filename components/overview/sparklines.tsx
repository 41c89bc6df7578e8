/** The serving release's last day, metric by metric: the latest value with its n, the limit as a dashed line. */
import Link from "next/link";
import type { ReactNode } from "react";
import type { Overview } from "@/components/data/outputs";
import { Sparkline } from "@/components/charts/sparkline";
import { Card } from "@/components/ui/card";
import { classNames } from "@/components/ui/class-names";
import { formatValue } from "@/components/ui/format";
import { Metric } from "@/components/ui/metric";
import { displayUnit, startsAtZero } from "@/components/vocabulary/metric-display";

type Overviewed = Overview["sparklines"][number];

/** Moves of the alias that the figures are about, where they fall into the day that is drawn. */
function marksOf({ moves, aliases }: Overview, { points }: Overviewed): { at: number; isBad: boolean }[] {
  const main = aliases.find(({ alias }) => alias === "production") ?? aliases[0];
  const [first, last] = [points.at(0), points.at(-1)];
  if (first === undefined || last === undefined) return [];
  const fromMs = Date.parse(first.at);
  const spanMs = Date.parse(last.at) - fromMs;
  return (
    moves
      .filter((move) => move.alias === main?.alias)
      .map((move) => ({
        at: (Date.parse(move.at) - fromMs) / spanMs,
        isBad: move.cause === "rollback" || move.cause === "break_glass",
      }))
      // A point stands for its whole window: what happens within the last one is drawn at its end.
      .filter(({ at }) => at >= 0 && at <= 1 + 1 / points.length)
      .map((mark) => ({ ...mark, at: Math.min(1, mark.at) }))
  );
}

export function Sparklines({ overview, stale }: { overview: Overview; stale: boolean }): ReactNode {
  if (overview.sparklines.length === 0) return null;
  return (
    <Card title="Serving release" note="last 24 h, 10-minute windows; upright lines are moves of the alias" flush>
      <ul className="grid grid-cols-2 gap-px overflow-hidden rounded-b-md lg:grid-cols-3 xl:grid-cols-6">
        {overview.sparklines.map((spark) => {
          const unit = displayUnit(spark.metric, spark.unit);
          return (
            <li key={spark.metric} className={classNames("hairlines", stale && "hatch")}>
              <Link href={spark.href} className="flex h-full flex-col gap-1 px-3 py-2.5 hover:bg-surface">
                <span className="truncate text-sm text-muted" title={spark.metric}>
                  {spark.label}
                </span>
                <Metric point={spark.latest} unit={unit} stacked className={stale ? "text-muted" : "font-semibold"} />
                <Sparkline
                  values={spark.points.map((point) => point.value)}
                  limit={spark.limit}
                  marks={marksOf(overview, spark)}
                  fromZero={startsAtZero(spark.unit, spark.higherIsWorse)}
                />
                <span className="text-xs text-muted">
                  {spark.limit === null ? "no limit" : `limit ${formatValue(spark.limit, unit)}`}
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
