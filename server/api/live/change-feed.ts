/**
 * Tells that the control database has changed, whoever changed it: SQLite's own change counter is read often, which
 * needs no message between processes and cannot miss a commit.
 */

import type { Log } from "@/server/api/context";

/** Reading the counter takes about two microseconds; a change is told this much later at most, ms. */
const POLL_MS = 25;

export interface ChangeFeed {
  /** Calls `listener` after every change until the returned function is called. */
  subscribe: (listener: () => void) => () => void;
  /** Resolves at the next change, or when `signal` aborts. */
  next: (signal: AbortSignal) => Promise<void>;
}

/**
 * @param dataVersion reads `PRAGMA data_version` on a connection that writes nothing itself: the counter does not move
 *   for a connection's own commits.
 */
export function createChangeFeed(dataVersion: () => number, log: Log): ChangeFeed {
  const listeners = new Set<() => void>();
  let seen = dataVersion();
  let timer: NodeJS.Timeout | undefined;

  const poll = (): void => {
    const version = dataVersion();
    if (version === seen) return;
    seen = version;
    for (const listener of listeners) tell(listener, log);
  };
  const subscribe = (listener: () => void): (() => void) => {
    if (timer === undefined) {
      seen = dataVersion();
      timer = setInterval(poll, POLL_MS);
    }
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  };
  return {
    subscribe,
    next: (signal) =>
      new Promise((resolve) => {
        const finish = (): void => {
          unsubscribe();
          signal.removeEventListener("abort", finish);
          resolve();
        };
        const unsubscribe = subscribe(finish);
        if (signal.aborted) finish();
        else signal.addEventListener("abort", finish);
      }),
  };
}

/** One subscriber's failure must not keep the others from being told. */
function tell(listener: () => void, log: Log): void {
  try {
    listener();
  } catch (error) {
    log.error({ err: error }, "a live answer could not be brought up to date");
  }
}
