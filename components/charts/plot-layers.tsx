"use client";
/** The layers above the drawn series: flags, the limit's label, end labels and the cursor. Cheap to draw again. */
import type { ReactNode } from "react";
import { SHORT_ID_LENGTH } from "@/components/ui/short-id";
import { useChartCursor } from "./chart-cursor";
import { END_LABELS_FROM_WIDTH, spreadLabels, xOf, yOf, type PlotBox } from "./chart-geometry";
import { nearestIndex, type Flag } from "./chart-model";
import type { ChartEventKind, ChartLimit, ChartRange, ChartSeriesNames, ChartWindow } from "./chart-types";

const MARKS: Readonly<Record<ChartEventKind, string>> = {
  deploy: "▲",
  rollback: "↩",
  pause: "❚❚",
  step: "▸",
  policy: "◆",
  incident: "■",
};

/** The mark that stands for a kind of event, on flags and in the list under a chart. */
export function eventMark(kind: ChartEventKind): string {
  return MARKS[kind];
}

/** About how wide a flag's text is, in pixels; only used to keep flags off each other. */
function flagWidth(text: string): number {
  return Math.min(160, text.length * 6.6 + 12);
}

interface PlacedFlag {
  text: string;
  x: number;
  left: number;
  width: number;
  rollback: boolean;
}

/** Flags open to the right; near the right edge to the left. One that would cover its neighbour is cut. */
function placeFlags(flags: readonly Flag[], box: PlotBox, range: ChartRange): PlacedFlag[] {
  const edge = box.width - box.right;
  const placed = flags.flatMap((flag) => {
    const [first] = flag.events;
    if (first === undefined) return [];
    const text = flag.events.length === 1 ? `${MARKS[first.kind]} ${first.label}` : `${flag.events.length} events`;
    const x = xOf(flag.atMs, box, range);
    const width = flagWidth(text);
    const left = x + width > edge ? x - width : x;
    return [{ text, x, left, width, rollback: flag.events.some((event) => event.kind === "rollback") }];
  });
  return placed.map((flag, index) => {
    const next = placed[index + 1];
    return next === undefined
      ? flag
      : { ...flag, width: Math.max(14, Math.min(flag.width, next.left - flag.left - 2)) };
  });
}

export function FlagLayer(props: { flags: readonly Flag[]; box: PlotBox; range: ChartRange }): ReactNode {
  return placeFlags(props.flags, props.box, props.range).map((flag) => (
    <span
      key={flag.x}
      className={`absolute top-0 truncate rounded-sm px-1 text-xs font-medium ${flag.rollback ? "bg-breach text-on-danger" : "bg-neutral-bg text-neutral-fg"}`}
      style={{ left: flag.left, width: flag.width }}
    >
      {flag.text}
    </span>
  ));
}

export function LimitLabel(props: { limit: ChartLimit; box: PlotBox; domain: readonly [number, number] }): ReactNode {
  const y = yOf(props.limit.value, props.box, props.domain);
  const below = props.limit.side === "max" ? 3 : -18;
  return (
    <span
      className="absolute rounded-sm bg-bg/75 px-1 text-xs font-medium text-se-threshold"
      style={{
        left: props.box.left + 6,
        top: Math.min(props.box.height - props.box.bottom - 16, Math.max(props.box.top, y + below)),
      }}
    >
      {props.limit.label}
    </span>
  );
}

interface LayerProps {
  windows: readonly ChartWindow[];
  names: ChartSeriesNames;
  box: PlotBox;
  domain: readonly [number, number];
}

function lastValue(windows: readonly ChartWindow[], side: "candidate" | "control"): number | null {
  return windows.findLast((window) => (window[side]?.value ?? null) !== null)?.[side]?.value ?? null;
}

/** The names of the lines at their ends, instead of a legend. */
export function EndLabels({ windows, names, box, domain }: LayerProps): ReactNode {
  if (box.width < END_LABELS_FROM_WIDTH) return null;
  const candidate = lastValue(windows, "candidate");
  const control = lastValue(windows, "control");
  const labels = [
    {
      name: names.candidate,
      value: candidate,
      colour: names.candidateIsShadow ? "var(--se-shadow)" : "var(--se-candidate)",
    },
    { name: names.control, value: control, colour: "var(--se-control)" },
  ].flatMap((label) => (label.value === null ? [] : [{ ...label, y: yOf(label.value, box, domain) - 8 }]));
  return spreadLabels(labels, { height: 15, bottom: box.height - box.bottom }).map((label) => (
    <span
      key={label.name}
      className="absolute max-w-32 truncate pl-2 text-xs font-medium"
      style={{ left: box.width - box.right, top: label.y, color: label.colour }}
    >
      {label.name}
    </span>
  ));
}

/** The names of the lines under the title, where there is no room at their ends. */
export function InlineNames({ names, width }: { names: ChartSeriesNames; width: number }): ReactNode {
  if (width === 0 || width >= END_LABELS_FROM_WIDTH) return null;
  return (
    <p className="flex flex-wrap gap-x-4 text-xs font-medium">
      <span style={{ color: names.candidateIsShadow ? "var(--se-shadow)" : "var(--se-candidate)" }}>
        ● {names.candidate}
      </span>
      <span style={{ color: "var(--se-control)" }}>— {names.control}</span>
    </p>
  );
}

/** The cursor's line and its points on the nearest window. */
export function CursorLayer({ windows, box, domain, range, names }: LayerProps & { range: ChartRange }): ReactNode {
  const { reading } = useChartCursor();
  if (reading.atMs === null) return null;
  const window = windows[nearestIndex(windows, reading.atMs)];
  if (window === undefined) return null;
  const x = xOf(window.atMs, box, range);
  const point = (value: number | null | undefined, colour: string): ReactNode =>
    value === null || value === undefined ? null : (
      <circle cx={x} cy={yOf(value, box, domain)} r="4" fill="var(--bg)" stroke={colour} strokeWidth="2" />
    );
  return (
    <svg width={box.width} height={box.height} className="absolute inset-0" aria-hidden="true">
      <line
        x1={x}
        x2={x}
        y1={box.top}
        y2={box.height - box.bottom}
        stroke="var(--text)"
        strokeWidth="1"
        strokeDasharray={reading.pinned ? undefined : "2 2"}
      />
      {point(window.control?.value, "var(--se-control)")}
      {point(window.candidate?.value, names.candidateIsShadow ? "var(--se-shadow)" : "var(--se-candidate)")}
    </svg>
  );
}

/** `candidate f91b2aa`: how a release is called on a chart. */
export function seriesName(track: string, releaseId: string): string {
  return `${track} ${releaseId.slice(0, SHORT_ID_LENGTH)}`;
}
