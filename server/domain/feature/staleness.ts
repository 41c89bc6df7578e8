/** How old served feature values were when they were served, against the time to live of their view. */

/** A value's own time and the time of the request that used it, epoch ms. */
export interface ServedTime {
  readonly servedMs: number;
  readonly valueMs: number;
}

export interface Staleness {
  /** Served values whose time is known. */
  readonly count: number;
  /** Older than the time to live; null where the view has none. */
  readonly staleCount: number | null;
  readonly medianAgeMs: number | null;
  readonly oldestAgeMs: number | null;
  /** Values that came to hold only after the request: a clock is wrong, or the value is not what was served. */
  readonly futureCount: number;
}

/** Ages of served values; a value from after its request has no age. */
export function stalenessOf(served: readonly ServedTime[], ttlMs: number | null): Staleness {
  const ages = served.map(({ servedMs, valueMs }) => servedMs - valueMs);
  const known = ages.filter((age) => age >= 0).toSorted((a, b) => a - b);
  return {
    count: served.length,
    staleCount: ttlMs === null ? null : known.filter((age) => age > ttlMs).length,
    medianAgeMs: known[Math.floor((known.length - 1) / 2)] ?? null,
    oldestAgeMs: known.at(-1) ?? null,
    futureCount: ages.length - known.length,
  };
}
