"use client";
/**
 * One time cursor and one polite live region for all charts of a page. Held outside React state, so that moving the
 * cursor draws no chart again.
 */
import { createContext, use, useMemo, useState, useSyncExternalStore, type ReactNode } from "react";
import type { ChartSpan } from "./chart-types";

interface Reading {
  /** The cursor's time, or null when it is nowhere. */
  atMs: number | null;
  /** Stays when the pointer leaves. */
  pinned: boolean;
  /** What was read out last, by key or click; a moving pointer says nothing. */
  spoken: string;
  /** The span that is being marked: by a drag that has not ended, or while Shift is held. */
  marking: ChartSpan | null;
}

const NOWHERE: Reading = { atMs: null, pinned: false, spoken: "", marking: null };

class CursorStore {
  #reading = NOWHERE;
  readonly #listeners = new Set<() => void>();

  read = (): Reading => this.#reading;

  set = (change: Partial<Reading>): void => {
    this.#reading = { ...this.#reading, ...change };
    for (const listener of this.#listeners) listener();
  };

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

interface Marks {
  /** The span that the page keeps marked. */
  marked: ChartSpan | null;
  /** Undefined where spans mean nothing. */
  onMark: ((span: ChartSpan) => void) | undefined;
}

const CursorContext = createContext<CursorStore | null>(null);
const MarkContext = createContext<Marks>({ marked: null, onMark: undefined });

interface ProviderProps {
  marked?: ChartSpan | null;
  /** A span was marked on one of the charts. */
  onMark?: (span: ChartSpan) => void;
  children: ReactNode;
}

/** Charts inside share one cursor and one marked span, and speak through one live region. */
export function ChartCursorProvider({ marked = null, onMark, children }: ProviderProps): ReactNode {
  const [store] = useState(() => new CursorStore());
  const marks = useMemo(() => ({ marked, onMark }), [marked, onMark]);
  return (
    <CursorContext value={store}>
      <MarkContext value={marks}>{children}</MarkContext>
      <LiveRegion store={store} />
    </CursorContext>
  );
}

function LiveRegion({ store }: { store: CursorStore }): ReactNode {
  const spoken = useSyncExternalStore(
    store.subscribe,
    () => store.read().spoken,
    () => "",
  );
  return (
    <output aria-live="polite" className="sr-only">
      {spoken}
    </output>
  );
}

/** The page's cursor. Throws outside a {@link ChartCursorProvider}. */
export function useChartCursor(): { reading: Reading; setReading: (change: Partial<Reading>) => void } {
  const store = use(CursorContext);
  if (store === null) throw new Error("a chart must stand inside ChartCursorProvider");
  const reading = useSyncExternalStore(store.subscribe, store.read, () => NOWHERE);
  return { reading, setReading: store.set };
}

/** The span that charts show, and how to mark one; `onMark` is undefined where spans mean nothing. */
export function useChartMark(): { shown: ChartSpan | null; onMark: Marks["onMark"] } {
  const { reading } = useChartCursor();
  const { marked, onMark } = use(MarkContext);
  return { shown: reading.marking ?? marked, onMark };
}
