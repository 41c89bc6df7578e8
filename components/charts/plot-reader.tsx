"use client";
/**
 * Reading a chart by pointer and by keys: a click pins the cursor, Escape lets it go; a drag, or Shift with the arrows,
 * marks a span where the page takes one.
 */
import Link from "next/link";
import { useRef, type KeyboardEvent, type MouseEvent, type PointerEvent, type ReactNode } from "react";
import { classNames } from "@/components/ui/class-names";
import type { Zone } from "@/components/ui/format-time";
import { useChartCursor, useChartMark } from "./chart-cursor";
import { timeAt, type PlotBox } from "./chart-geometry";
import { nearestIndex } from "./chart-model";
import type { ChartRange, ChartSeriesNames, ChartWindow } from "./chart-types";
import { spanWords, windowSentence } from "./chart-words";
import { spanOf } from "./mark-layer";

interface Words {
  unit: string;
  names: ChartSeriesNames;
  zone: Zone;
}

interface PlotReaderProps {
  label: string;
  windows: readonly ChartWindow[];
  box: PlotBox;
  range: ChartRange;
  words: Words;
  children: ReactNode;
}

/** A hidden range input takes the keys, so that arrows, Page keys, Home and End work as everywhere else. */
export function PlotReader({ label, windows, box, range, words, children }: PlotReaderProps): ReactNode {
  const { reading, setReading } = useChartCursor();
  const marking = useMarking(range, words.zone);
  const index = reading.atMs === null ? windows.length - 1 : nearestIndex(windows, reading.atMs);
  const current = windows[index];
  const go = (window: ChartWindow | undefined, pinned: boolean): void => {
    if (window !== undefined) setReading({ atMs: window.atMs, pinned, spoken: windowSentence(window, words) });
  };
  const under = (event: MouseEvent<HTMLElement>): ChartWindow | undefined => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    return windows[nearestIndex(windows, timeAt(x, box, range))];
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>): void => {
    const window = under(event);
    if (window === undefined || marking.extend(window)) return;
    if (!reading.pinned && window.atMs !== reading.atMs) setReading({ atMs: window.atMs });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const next = windows[index + step];
    if (event.shiftKey && marking.isPossible && step !== 0 && current !== undefined && next !== undefined) {
      event.preventDefault();
      marking.begin(current);
      marking.extend(next);
      setReading({ atMs: next.atMs, pinned: true });
    }
    if (event.key !== "Escape") return;
    // The key has done its work here: it does not also leave the page.
    event.preventDefault();
    marking.drop();
    setReading({ atMs: null, pinned: false, spoken: "" });
  };
  return (
    <div
      className={classNames(
        "rounded-sm has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-offset-2 has-[:focus-visible]:outline-focus",
        marking.isPossible && "select-none",
      )}
      // A finger scrolls the page; spans are marked in the fields there.
      onPointerDown={(event) => event.pointerType !== "touch" && event.button === 0 && marking.begin(under(event))}
      onPointerMove={onPointerMove}
      onPointerLeave={() => {
        marking.drop();
        if (!reading.pinned) setReading({ atMs: null });
      }}
      onPointerUp={(event) => {
        if (!marking.commit()) go(under(event), !reading.pinned);
      }}
    >
      <input
        type="range"
        className="sr-only"
        aria-label={label}
        aria-valuetext={current === undefined ? "no windows" : windowSentence(current, words).split(": ", 1)[0]}
        min={0}
        max={Math.max(0, windows.length - 1)}
        value={Math.max(0, index)}
        onChange={(event) => go(windows[Number(event.target.value)], true)}
        onKeyDown={onKeyDown}
        onKeyUp={(event) => event.key === "Shift" && marking.commit()}
      />
      {children}
    </div>
  );
}

interface Marking {
  isPossible: boolean;
  /** Where a span begins; a span that was begun goes on. */
  begin: (window: ChartWindow | undefined) => void;
  /** @returns whether a span was begun, and now reaches to this window. */
  extend: (window: ChartWindow) => boolean;
  /** Hands the span to the page. @returns whether there was one. */
  commit: () => boolean;
  drop: () => void;
}

/** A span from where it was begun to where it reaches; nothing is marked before it reaches another window. */
function useMarking(range: ChartRange, zone: Zone): Marking {
  const { reading, setReading } = useChartCursor();
  const { onMark } = useChartMark();
  const anchor = useRef<ChartWindow>(undefined);
  const drop = (): void => {
    anchor.current = undefined;
    if (reading.marking !== null) setReading({ marking: null });
  };
  return {
    isPossible: onMark !== undefined,
    begin: (window) => {
      if (onMark !== undefined) anchor.current ??= window;
    },
    extend: (window) => {
      const from = anchor.current;
      if (from === undefined || (from === window && reading.marking === null)) return false;
      const marking = spanOf(from, window, range);
      if (marking.fromMs !== reading.marking?.fromMs || marking.toMs !== reading.marking.toMs) {
        setReading({ marking, spoken: `Marked ${spanWords(marking, zone)}` });
      }
      return true;
    },
    commit: () => {
      const span = reading.marking;
      drop();
      if (span !== null) onMark?.(span);
      return span !== null;
    },
    drop,
  };
}

/** The window under the cursor in words, else the newest one. It has its place, so that nothing jumps. */
export function ReadingLine(props: {
  windows: readonly ChartWindow[];
  words: Words;
  windowHref?: (atMs: number) => string;
}): ReactNode {
  const { reading } = useChartCursor();
  const chosen =
    reading.atMs === null ? props.windows.at(-1) : props.windows[nearestIndex(props.windows, reading.atMs)];
  if (chosen === undefined) return <p className="text-sm text-muted">No windows in this range.</p>;
  return (
    <p className="flex min-h-4 flex-wrap gap-x-3 text-sm text-muted">
      <span className="min-w-0 break-words">{windowSentence(chosen, props.words)}</span>
      {props.windowHref !== undefined && (
        <Link href={props.windowHref(chosen.atMs)} className="quiet-link">
          requests of this window
        </Link>
      )}
    </p>
  );
}
