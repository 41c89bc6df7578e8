/** A small line without axes, drawn without Recharts so that the first page stays light. Decoration beside its words. */
import type { ReactNode } from "react";
import { valueScale } from "./chart-scale";

interface SparklineProps {
  values: readonly (number | null)[];
  limit: number | null;
  fromZero: boolean;
  /** Where something happened, as shares of the width, 0–1. */
  marks?: readonly { at: number; isBad: boolean }[];
  width?: number;
  height?: number;
}

/** Runs of drawn points; null breaks the line. */
export function sparklinePath(
  values: readonly (number | null)[],
  place: (value: number, index: number) => { x: number; y: number },
): string {
  let path = "";
  let isOpen = false;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      isOpen = false;
      continue;
    }
    const { x, y } = place(value, index);
    const next = values[index + 1];
    // A point between two gaps would be invisible as a line: it gets a short one.
    const alone = !isOpen && (next === null || next === undefined);
    path += `${isOpen ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}${alone ? "h0.01" : ""}`;
    isOpen = true;
  }
  return path;
}

export function Sparkline({
  values,
  limit,
  fromZero,
  marks = [],
  width = 160,
  height = 36,
}: SparklineProps): ReactNode {
  const known = values.filter((value) => value !== null);
  const { domain } = valueScale(limit === null ? known : [...known, limit], { fromZero });
  const y = (value: number): number => 2 + (1 - (value - domain[0]) / (domain[1] - domain[0])) * (height - 4);
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  const path = sparklinePath(values, (value, index) => ({ x: index * step, y: y(value) }));
  return (
    <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" className="h-9 w-full" aria-hidden="true">
      {limit !== null && (
        <line
          x1="0"
          x2={width}
          y1={y(limit)}
          y2={y(limit)}
          stroke="var(--se-threshold)"
          strokeDasharray="4 3"
          vectorEffect="non-scaling-stroke"
        />
      )}
      {marks.map((mark, index) => (
        <line
          key={index}
          x1={mark.at * width}
          x2={mark.at * width}
          y1="0"
          y2={height}
          stroke={mark.isBad ? "var(--st-breach)" : "var(--muted)"}
          strokeDasharray={mark.isBad ? undefined : "1 2"}
          vectorEffect="non-scaling-stroke"
        />
      ))}
      <path
        d={path}
        fill="none"
        stroke="var(--se-control)"
        strokeWidth="1.5"
        strokeLinecap="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
