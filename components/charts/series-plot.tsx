"use client";
/**
 * The drawn part of a chart. This is the only file that loads Recharts, so it is loaded lazily. It draws once per
 * change of data; cursor, flags and labels are layers above it.
 */
import { Area, ComposedChart, Line, ReferenceArea, ReferenceLine, XAxis, YAxis, CartesianGrid } from "recharts";
import { memo, useId, type ReactNode } from "react";
import type { PlotBox } from "./chart-geometry";
import type { Interval, PlotRow } from "./chart-model";
import type { ChartLimit } from "./chart-types";
import type { ValueScale } from "./chart-scale";

interface SeriesPlotProps {
  rows: readonly PlotRow[];
  box: PlotBox;
  scale: ValueScale;
  timeDomain: [number, number];
  timeTicks: readonly number[];
  formatTime: (atMs: number) => string;
  formatNumber: (value: number) => string;
  limit: ChartLimit | null;
  breaches: readonly Interval[];
  gaps: readonly Interval[];
  provisionalFromMs: number | null;
  eventTimes: readonly { atMs: number; rollback: boolean }[];
  shadow: boolean;
  label: string;
}

const FIXED = { isAnimationActive: false, connectNulls: false, activeDot: false } as const;
const TICK = { fill: "var(--muted)", fontSize: 11 } as const;

export const SeriesPlot = memo(function SeriesPlot(props: SeriesPlotProps): ReactNode {
  const { box } = props;
  return (
    <ComposedChart
      width={box.width}
      height={box.height}
      margin={{ left: 0, right: box.right, top: box.top, bottom: 0 }}
      data={[...props.rows]}
      accessibilityLayer={false}
      aria-hidden="true"
    >
      <CartesianGrid vertical={false} stroke="var(--hairline)" />
      <Axes {...props} />
      <Intervals {...props} />
      <Bands shadow={props.shadow} />
      <References limit={props.limit} eventTimes={props.eventTimes} />
      <Lines shadow={props.shadow} dots={props.rows.length <= 60} />
    </ComposedChart>
  );
});

function Axes(props: SeriesPlotProps): ReactNode {
  const shared = {
    type: "number",
    interval: 0,
    tick: TICK,
    axisLine: { stroke: "var(--control-border)" },
    tickLine: { stroke: "var(--control-border)" },
    allowDataOverflow: true,
  } as const;
  return (
    <>
      <XAxis
        {...shared}
        dataKey="atMs"
        domain={props.timeDomain}
        ticks={[...props.timeTicks]}
        tickFormatter={props.formatTime}
        height={props.box.bottom}
      />
      <YAxis
        {...shared}
        domain={props.scale.domain}
        ticks={props.scale.ticks}
        tickFormatter={props.formatNumber}
        width={props.box.left}
      />
    </>
  );
}

/** Times that are shaded: no data, too young, beyond the limit. */
function Intervals({ gaps, breaches, provisionalFromMs, limit, scale, timeDomain }: SeriesPlotProps): ReactNode {
  const hatchId = useId();
  const edge = limit?.side === "min" ? scale.domain[0] : scale.domain[1];
  return (
    <>
      <defs>
        <pattern id={hatchId} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <path d="M0 0V6" stroke="var(--st-neutral)" strokeWidth="1" strokeOpacity="0.55" />
        </pattern>
      </defs>
      {gaps.map((gap) => (
        <ReferenceArea key={gap.fromMs} x1={gap.fromMs} x2={gap.toMs} fill={`url(#${hatchId})`} fillOpacity={1} />
      ))}
      {provisionalFromMs !== null && (
        <ReferenceArea x1={provisionalFromMs} x2={timeDomain[1]} fill="var(--st-neutral)" fillOpacity={0.08} />
      )}
      {limit !== null &&
        breaches.map((breach) => (
          <ReferenceArea
            key={breach.fromMs}
            x1={breach.fromMs}
            x2={breach.toMs}
            y1={limit.value}
            y2={edge}
            fill="var(--st-breach)"
            fillOpacity="var(--breach-opacity)"
          />
        ))}
    </>
  );
}

function seriesColour(shadow: boolean): string {
  return shadow ? "var(--se-shadow)" : "var(--se-candidate)";
}

function Bands({ shadow }: { shadow: boolean }): ReactNode {
  const band = { ...FIXED, stroke: "none", fillOpacity: "var(--band-opacity)" };
  return (
    <>
      <Area {...band} dataKey="controlBand" fill="var(--se-control)" />
      <Area {...band} dataKey="candidateBand" fill={seriesColour(shadow)} />
    </>
  );
}

function References({ limit, eventTimes }: Pick<SeriesPlotProps, "limit" | "eventTimes">): ReactNode {
  return (
    <>
      {limit !== null && (
        <ReferenceLine y={limit.value} stroke="var(--se-threshold)" strokeDasharray="6 4" strokeWidth={1.5} />
      )}
      {eventTimes.map((event) => (
        <ReferenceLine
          key={event.atMs}
          x={event.atMs}
          stroke={event.rollback ? "var(--st-breach)" : "var(--st-neutral)"}
          strokeWidth={event.rollback ? 1.75 : 1.25}
        />
      ))}
    </>
  );
}

function Lines({ shadow, dots }: { shadow: boolean; dots: boolean }): ReactNode {
  const colour = seriesColour(shadow);
  const control = { ...FIXED, stroke: "var(--se-control)", strokeWidth: 1.75, dot: false };
  const candidate = { ...FIXED, stroke: colour, strokeWidth: 2.25 };
  return (
    <>
      <Line {...control} dataKey="control" />
      <Line {...control} dataKey="controlTail" strokeDasharray="1 3" />
      <Line
        {...candidate}
        dataKey="candidate"
        {...(shadow ? { strokeDasharray: "2 3" } : {})}
        dot={dots ? { r: 1.5, fill: colour, stroke: "none" } : false}
      />
      <Line {...candidate} dataKey="candidateTail" strokeDasharray="1 3" dot={false} />
      <Line {...FIXED} dataKey="breach" stroke="none" dot={breachMark} />
    </>
  );
}

/** A square on each window beyond the limit: told by shape, not by colour. */
function breachMark(mark: { cx?: number; cy?: number; index?: number; value?: unknown }): ReactNode {
  const { cx, cy, index = 0 } = mark;
  if (cx === undefined || cy === undefined || !Number.isFinite(cy)) return <g key={index} />;
  return <rect key={index} x={cx - 3.5} y={cy - 3.5} width={7} height={7} fill="var(--st-breach)" />;
}
