"use client";
/**
 * One time cursor and one polite live region for all charts of a page. Held outside React state, so that moving the
 * cursor draws no chart again.
 */
import { createContext, use, useState, useSyncExternalStore, type ReactNode } from "react";

interface Reading {
  /** The cursor's time, or null when it is nowhere. */
  atMs: number | null;
  /** Stays when the pointer leaves. */
  pinned: boolean;
  /** What was read out last, by key or click; a moving pointer says nothing. */
  spoken: string;
}

const NOWHERE: Reading = { atMs: null, pinned: false, spoken: "" };

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

const CursorContext = createContext<CursorStore | null>(null);

/** Charts inside share one cursor, and speak through one live region. */
export function ChartCursorProvider(props: { children: ReactNode }): ReactNode {
  const [store] = useState(() => new CursorStore());
  return (
    <CursorContext value={store}>
      {props.children}
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
