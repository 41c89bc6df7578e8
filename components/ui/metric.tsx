/** A value with unit, interval and sample size; a difference in words when it is not clear. */
import type { ReactNode } from "react";
import { classNames } from "./class-names";
import { formatCount, formatDifference, formatInterval, formatValue, type Difference, type Measured } from "./format";

interface MetricProps {
  point: Measured;
  unit: string;
  /** Interval and n on a second line, for cells and tiles. */
  stacked?: boolean;
  className?: string;
}

export function Metric({ point, unit, stacked = false, className }: MetricProps): ReactNode {
  const interval = formatInterval(point, unit);
  return (
    <span className={classNames(stacked ? "inline-flex flex-col" : "inline", className)}>
      <span className={classNames("whitespace-nowrap", point.value === null && "text-muted")}>
        {formatValue(point.value, unit)}
      </span>{" "}
      <span className="text-sm font-normal whitespace-nowrap text-muted">
        {interval !== "" && `${interval} `}n={formatCount(point.count)}
      </span>
    </span>
  );
}

/** Never coloured unless the difference is clear; then worse is the breach colour and better stays quiet. */
export function MetricDifference(props: {
  difference: (Difference & { better: boolean }) | null;
  unit: string;
}): ReactNode {
  const { difference, unit } = props;
  const isQuiet = difference === null || !difference.clear;
  return (
    <span
      className={classNames(
        "whitespace-nowrap",
        isQuiet ? "text-muted" : difference.better ? "text-ok-fg" : "font-medium text-breach-fg",
      )}
    >
      {formatDifference(difference, unit)}
      {!isQuiet && <span className="sr-only">{difference.better ? ", better" : ", worse"}</span>}
    </span>
  );
}
