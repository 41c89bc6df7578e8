"use client";
/** The server's clock in the browser. Ages and deadlines follow it, because a laptop's own clock may be wrong. */
import { createContext, use, useCallback, useState, useSyncExternalStore, type ReactNode } from "react";
import { createPreference } from "./preference";

/** Which zone times are written in. UTC unless the reader asks for local. */
export const zonePreference = createPreference("switchback.zone", ["utc", "local"], "utc");

/** Ticks once a second while anyone looks, and holds the difference between the server's clock and this machine's. */
class ServerClock {
  readonly initialMs: number;
  #offsetMs: number | null = null;
  #timer: ReturnType<typeof setInterval> | null = null;
  readonly #listeners = new Set<() => void>();

  constructor(initialMs: number) {
    this.initialMs = initialMs;
  }

  now = (): number => {
    this.#offsetMs ??= this.initialMs - Date.now();
    return Date.now() + this.#offsetMs;
  };

  /** An answer made at `asOfMs` has just arrived. It left the server earlier, so the newest estimate is the largest. */
  observe = (asOfMs: number): void => {
    this.#offsetMs = Math.max(this.#offsetMs ?? this.initialMs - Date.now(), asOfMs - Date.now());
  };

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => {
      for (const each of this.#listeners) each();
    }, 1000);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0 && this.#timer !== null) {
        clearInterval(this.#timer);
        this.#timer = null;
      }
    };
  };
}

const ClockContext = createContext<ServerClock>(new ServerClock(0));

/** @param props.nowMs the server's clock when it rendered the page. */
export function ClockProvider(props: { nowMs: number; children: ReactNode }): ReactNode {
  const [clock] = useState(() => new ServerClock(props.nowMs));
  return <ClockContext value={clock}>{props.children}</ClockContext>;
}

/** The server's time, epoch ms, rounded down to `stepMs`; the component renders again when that changes. */
export function useNow(stepMs = 1000): number {
  const clock = use(ClockContext);
  const read = useCallback(() => Math.floor(clock.now() / stepMs) * stepMs, [clock, stepMs]);
  const readOnServer = useCallback(() => Math.floor(clock.initialMs / stepMs) * stepMs, [clock, stepMs]);
  return useSyncExternalStore(clock.subscribe, read, readOnServer);
}

/** Tells the clock that an answer made at `asOfMs` has just arrived. */
export function useObserveServerTime(): (asOfMs: number) => void {
  return use(ClockContext).observe;
}
