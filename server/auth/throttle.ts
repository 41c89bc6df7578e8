/** Counts attempts per client and path: so many in a window, then a pause. In memory; a restart forgets them. */

interface Rule {
  /** Seconds. */
  window: number;
  max: number;
}

export interface Throttle {
  consume: (key: string, rule: Rule) => Promise<{ allowed: boolean; retryAfter: number | null }>;
}

/** More clients than this at once are an attack; the oldest counts are dropped first. */
const KEYS_KEPT = 10_000;

/** `clock` gives epoch ms. */
export function createThrottle(clock: () => number): Throttle {
  const windows = new Map<string, { startMs: number; count: number }>();
  const consume = (key: string, rule: Rule): { allowed: boolean; retryAfter: number | null } => {
    const nowMs = clock();
    const windowMs = rule.window * 1000;
    const open = windows.get(key);
    if (open === undefined || nowMs - open.startMs >= windowMs) {
      // Deleted first, so that the map stays in order of age.
      windows.delete(key);
      windows.set(key, { startMs: nowMs, count: 1 });
      const [oldest] = windows.keys();
      if (windows.size > KEYS_KEPT && oldest !== undefined) windows.delete(oldest);
      return { allowed: true, retryAfter: null };
    }
    open.count += 1;
    if (open.count <= rule.max) return { allowed: true, retryAfter: null };
    return { allowed: false, retryAfter: Math.ceil((open.startMs + windowMs - nowMs) / 1000) };
  };
  return { consume: (key, rule) => Promise.resolve(consume(key, rule)) };
}
