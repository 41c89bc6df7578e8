/**
 * Pairs of a request and its shadow in a file, which may be in any order: what both state, at the time of the later one.
 * Shadows wait for their originals however long; of the originals the newest read are remembered.
 */
import { aggregateKey, pairKey, type AggregateKey } from "@/server/domain/metric/metric-source";
import { observationsOf } from "@/server/domain/request/observations";
import type { RequestRecord } from "@/server/domain/request/request-record";
import { SCORE_SCALE } from "@/server/domain/window/aggregate";
import { keptRequest, type KeptRequest } from "./kept-request";
import { Recent } from "./recent";

/** Originals back to which a shadow finds its own, at least; twice as many at most. */
const REMEMBERED = 50_000;

/** One number per event (0 or 1) and score. */
type Values = ReadonlyMap<AggregateKey, number>;

/** What a shadow's series count of a pair. */
export interface PairObservation {
  readonly shadow: KeptRequest;
  /** Of the half that came later, epoch ms. */
  readonly timeMs: number;
  /** By key, scaled as at the intake: from 0 to 2 where 1 is no difference. */
  readonly values: readonly (readonly [key: AggregateKey, value: number])[];
}

export class ReplayPairs {
  readonly #originals = new Recent<KeptRequest>(REMEMBERED);
  readonly #shadows = new Map<string, KeptRequest>();

  /** The pair that this request completes. */
  add(record: RequestRecord): PairObservation | undefined {
    const { track, requestId, shadowOf } = record;
    if (track === "shadow" && shadowOf !== undefined) {
      const original = this.#originals.get(shadowOf);
      const shadow = keptRequest(record);
      if (original === undefined) this.#shadows.set(shadowOf, shadow);
      return original === undefined ? undefined : pairOf(shadow, original);
    }
    if (track !== "control") return undefined;
    const shadow = this.#shadows.get(requestId);
    if (shadow !== undefined) {
      this.#shadows.delete(requestId);
      return pairOf(shadow, keptRequest(record));
    }
    this.#originals.set(requestId, keptRequest(record));
    return undefined;
  }
}

function pairOf(shadow: KeptRequest, original: KeptRequest): PairObservation {
  const others = valuesOf(original);
  const values: [AggregateKey, number][] = [];
  for (const [key, mine] of valuesOf(shadow)) {
    const theirs = others.get(key);
    if (theirs !== undefined) values.push([pairKey(key), scaled(mine - theirs + 1)]);
  }
  return { shadow, timeMs: Math.max(shadow.timeMs, original.timeMs), values };
}

function valuesOf(record: KeptRequest): Values {
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
