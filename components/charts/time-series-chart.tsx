"use client";
/**
 * A metric over time, candidate against control: title, verdict, plot, reading line, the same data as a table. It is
 * drawn from windows and from the evaluator's own breaches; it judges nothing itself.
 */
import { Download, Table2 } from "lucide-react";
import { useMemo, useState, type ReactNode } from "react";
import { IconButton } from "@/components/ui/button";
import { zonePreference } from "@/components/ui/clock";
import { formatBare } from "@/components/ui/format";
import { formatTick } from "@/components/ui/format-time";
import { onDemand } from "@/components/ui/on-demand";
import { plotBox } from "./chart-geometry";
import {
  breachIntervals,
  flags,
  gapIntervals,
  plotRows,
  provisionalFrom,
  reduceWindows,
  scaleValues,
} from "./chart-model";
import { timeTicks, valueScale } from "./chart-scale";
import type { ChartEvent, ChartLimit, ChartRange, ChartSeriesNames, ChartWindow } from "./chart-types";
import { chartCsv, chartSummary, chartTitle } from "./chart-words";
import { MarkLayer } from "./mark-layer";
import { CursorLayer, EndLabels, FlagLayer, InlineNames, LimitLabel } from "./plot-layers";
import { PlotReader, ReadingLine } from "./plot-reader";
import { usePlace } from "./use-place";
import { WindowTable } from "./window-table";

const SeriesPlot = onDemand(async () => (await import("./series-plot")).SeriesPlot, { isForBrowser: true });

export interface TimeSeriesChartProps {
  /** `p95 time to first token`. */
  label: string;
  unit: string;
  names: ChartSeriesNames;
  windows: readonly ChartWindow[];
  limit: ChartLimit | null;
  events: readonly ChartEvent[];
  range: ChartRange;
  /** Axis from zero: rates, cost and counts. */
  fromZero: boolean;
  /** Verdict and rule beside the title. */
  badge?: ReactNode;
  note?: ReactNode;
  /** Beside the table and CSV buttons. */
  actions?: ReactNode;
  height?: number;
  /** Where the requests of a window are. */
  windowHref?: (atMs: number) => string;
}

export function TimeSeriesChart(props: TimeSeriesChartProps): ReactNode {
  const [asTable, setAsTable] = useState(false);
  const windows = useMemo(() => reduceWindows(props.windows), [props.windows]);
  const title = chartTitle(props.label, props.unit);
  return (
    <figure className="flex min-w-0 flex-col gap-1">
      <figcaption className="flex items-start gap-2">
        <span className="flex min-h-8 min-w-0 flex-1 flex-wrap items-center gap-x-2">
          <span className="text-md font-semibold">{title}</span>
          {props.badge}
          {props.note !== undefined && <span className="text-sm text-muted">{props.note}</span>}
        </span>
        <span className="flex flex-wrap items-center justify-end gap-x-2">
          {props.actions}
          <IconButton
            label={asTable ? `Show ${props.label} as a chart` : `Show ${props.label} as a table`}
            aria-pressed={asTable}
            onClick={() => setAsTable(!asTable)}
          >
            <Table2 size={15} aria-hidden="true" />
          </IconButton>
          <IconButton
            label={`Save ${props.label} as CSV`}
            onClick={() => saveText(`${props.label.replaceAll(" ", "-")}.csv`, chartCsv(windows, props.unit))}
          >
            <Download size={15} aria-hidden="true" />
          </IconButton>
        </span>
      </figcaption>
      {asTable ? (
        <WindowTable windows={windows} unit={props.unit} names={props.names} caption={`${title}, by window`} />
      ) : (
        <Plot {...props} windows={windows} />
      )}
    </figure>
  );
}

function Plot(props: TimeSeriesChartProps): ReactNode {
  const { windows, range, limit, unit, names, height = 248 } = props;
  const { ref, width, isNear } = usePlace();
  const zone = zonePreference.use();
  const box = useMemo(() => plotBox(width, height), [width, height]);
  const span = range.toMs - range.fromMs;
  const shown = useMemo(
    () => flags(props.events, range, width === 0 ? span : (span / width) * 120),
    [props.events, range, span, width],
  );
  // One object for the drawing: it is slow to make, and must not be made again when only the words around it change.
  const model = useMemo(
    () => ({
      rows: plotRows(windows),
      breaches: breachIntervals(windows, range),
      gaps: gapIntervals(windows, range),
      provisionalFromMs: provisionalFrom(windows, range),
      scale: valueScale(scaleValues(windows, limit), {
        fromZero: props.fromZero,
        ...(unit === "ratio" ? { bounds: [0, 1] as const } : {}),
      }),
      timeDomain: [range.fromMs, range.toMs] as [number, number],
      timeTicks: timeTicks(range.fromMs, range.toMs, Math.max(2, Math.floor(width / 96))),
      formatTime: (atMs: number) => formatTick(atMs, zone, span),
      formatNumber: (value: number) => formatBare(value, unit),
      eventTimes: shown.map((flag) => ({
        atMs: flag.atMs,
        rollback: flag.events.some((event) => event.kind === "rollback"),
      })),
    }),
    [windows, range, limit, unit, props.fromZero, width, zone, span, shown],
  );
  const summary = chartSummary(windows, { unit, names, limit });
  return (
    <>
      <InlineNames names={names} width={width} />
      <PlotReader
        label={`${props.label}. ${summary}`}
        windows={windows}
        box={box}
        range={range}
        words={{ unit, names, zone }}
      >
        <div ref={ref} className="relative w-full overflow-hidden" style={{ height }}>
          {width > 0 && isNear && (
            <>
              <SeriesPlot {...model} box={box} limit={limit} shadow={names.candidateIsShadow} label={props.label} />
              <FlagLayer flags={shown} box={box} range={range} />
              {limit !== null && <LimitLabel limit={limit} box={box} domain={model.scale.domain} />}
              <EndLabels windows={windows} names={names} box={box} domain={model.scale.domain} />
              {model.scale.cut && <BreakMark bottom={box.bottom} left={box.left} />}
              <MarkLayer box={box} range={range} />
              <CursorLayer windows={windows} names={names} box={box} domain={model.scale.domain} range={range} />
            </>
          )}
        </div>
      </PlotReader>
      <ReadingLine
        windows={windows}
        words={{ unit, names, zone }}
        {...(props.windowHref === undefined ? {} : { windowHref: props.windowHref })}
      />
    </>
  );
}

/** Says that the value axis does not start at zero. */
function BreakMark(props: { bottom: number; left: number }): ReactNode {
  return (
    <span className="absolute" style={{ left: props.left - 6, bottom: props.bottom + 3 }} title="cut axis">
      <span className="sr-only">The value axis does not start at zero.</span>
      <svg width="12" height="10" aria-hidden="true">
        <path d="M0 4 6 1M6 9 12 6M0 7 12 1.5" stroke="var(--muted)" fill="none" />
      </svg>
    </span>
  );
}

function saveText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
