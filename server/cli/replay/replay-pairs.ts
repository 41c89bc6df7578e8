/**
 * Pairs of a request and its shadow in a file, which may be in any order: what both state, at the time of the later one.
 * Shadows wait for their originals however long; of the originals the newest read are remembered.
 */
import { aggregateKey, pairKey, type AggregateKey } from "@/server/domain/metric/metric-source";
import { observationsOf } from "@/server/domain/request/observations";
import type { RequestRecord } from "@/server/domain/request/request-record";
import { SCORE_SCALE } from "@/server/domain/window/aggregate";

/** Originals back to which a shadow finds its own. */
const REMEMBERED = 50_000;

/** One number per event (0 or 1) and score. */
type Values = ReadonlyMap<AggregateKey, number>;

/** What a shadow's series count of a pair. */
export interface PairObservation {
  readonly shadow: RequestRecord;
  /** Of the half that came later, epoch ms. */
  readonly timeMs: number;
  /** By key, scaled as at the intake: from 0 to 2 where 1 is no difference. */
  readonly values: readonly (readonly [key: AggregateKey, value: number])[];
}

export class ReplayPairs {
  readonly #originals = new Map<string, RequestRecord>();
  readonly #shadows = new Map<string, RequestRecord>();

  /** The pair that this request completes. */
  add(record: RequestRecord): PairObservation | undefined {
    const { track, requestId, shadowOf } = record;
    if (track === "shadow" && shadowOf !== undefined) {
      const original = this.#originals.get(shadowOf);
      if (original === undefined) this.#shadows.set(shadowOf, record);
      return original === undefined ? undefined : pairOf(record, original);
    }
    if (track !== "control") return undefined;
    const shadow = this.#shadows.get(requestId);
    if (shadow !== undefined) {
      this.#shadows.delete(requestId);
      return pairOf(shadow, record);
    }
    this.#originals.set(requestId, record);
    if (this.#originals.size > REMEMBERED) {
      const [oldest] = this.#originals.keys();
      if (oldest !== undefined) this.#originals.delete(oldest);
    }
    return undefined;
  }
}

function pairOf(shadow: RequestRecord, original: RequestRecord): PairObservation {
  const others = valuesOf(original);
  const values: [AggregateKey, number][] = [];
  for (const [key, mine] of valuesOf(shadow)) {
    const theirs = others.get(key);
    if (theirs !== undefined) values.push([pairKey(key), scaled(mine - theirs + 1)]);
  }
  return { shadow, timeMs: Math.max(shadow.timeMs, original.timeMs), values };
}

function valuesOf(record: RequestRecord): Values {
  const values = new Map<AggregateKey, number>();
  for (const observation of observationsOf({ ...record, scores: {} })) {
    if ("happened" in observation) values.set(observation.key, Number(observation.happened));
  }
  for (const [name, value] of Object.entries(record.scores)) values.set(aggregateKey({ kind: "score", name }), value);
  return values;
}

/** Free of binary dust, as at the intake. */
function scaled(value: number): number {
  const product = value * SCORE_SCALE;
  const nearest = Math.round(product);
  return Math.abs(product - nearest) < 1e-6 ? nearest : product;
}
