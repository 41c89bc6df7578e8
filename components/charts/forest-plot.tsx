/** A difference with its interval on a small axis: where zero lies, and on which side the interval stands. */
import type { ReactNode } from "react";

interface ForestPlotProps {
  /** Candidate minus control with its interval, in the metric's unit. */
  estimate: number;
  lower: number | null;
  upper: number | null;
  /** The bound as a difference, if the rule has one. */
  limit: number | null;
  clear: boolean;
  better: boolean;
}

const WIDTH = 112;
const HEIGHT = 18;

export function ForestPlot({ estimate, lower, upper, limit, clear, better }: ForestPlotProps): ReactNode {
  const reach =
    Math.max(...[estimate, lower, upper, limit].map((value) => Math.abs(value ?? 0)), Number.MIN_VALUE) * 1.15;
  const x = (value: number): number => WIDTH / 2 + (value / reach) * (WIDTH / 2 - 2);
  const colour = clear ? (better ? "var(--st-ok)" : "var(--st-breach)") : "var(--st-neutral)";
  return (
    <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" className="shrink-0">
      <line x1={WIDTH / 2} x2={WIDTH / 2} y1="1" y2={HEIGHT - 1} stroke="var(--control-border)" />
      {limit !== null && (
        <line x1={x(limit)} x2={x(limit)} y1="1" y2={HEIGHT - 1} stroke="var(--se-threshold)" strokeDasharray="3 2" />
      )}
      {lower !== null && upper !== null && (
        <line x1={x(lower)} x2={x(upper)} y1={HEIGHT / 2} y2={HEIGHT / 2} stroke={colour} strokeWidth="2" />
      )}
      {clear ? (
        <rect x={x(estimate) - 3} y={HEIGHT / 2 - 3} width="6" height="6" fill={colour} />
      ) : (
        <circle cx={x(estimate)} cy={HEIGHT / 2} r="3" fill="var(--bg)" stroke={colour} strokeWidth="1.5" />
      )}
    </svg>
  );
}
