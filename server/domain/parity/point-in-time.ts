/** What a feature's value was at an event, as an evaluation must see it: nothing from after the event may leak in. */

/** A feature's value and the instant from which it holds. */
export interface FeatureValue<Value> {
  readonly timestampMs: number;
  readonly value: Value;
}

/**
 * The newest value whose timestamp is not after the event; of several with one timestamp, the last given.
 *
 * @param history in any order.
 */
export function valueAt<Value>(
  history: readonly FeatureValue<Value>[],
  eventTimeMs: number,
): FeatureValue<Value> | undefined {
  let newest: FeatureValue<Value> | undefined;
  for (const entry of history) {
    if (entry.timestampMs > eventTimeMs) continue;
    if (newest === undefined || entry.timestampMs >= newest.timestampMs) newest = entry;
  }
  return newest;
}
