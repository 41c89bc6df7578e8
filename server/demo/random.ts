/** Seeded randomness for the demo: the same seed plays the same story. Not for anything that must be unpredictable. */

/** Draws that the story needs, all from one seed. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** True with this probability, 0–1. */
  chance(probability: number): boolean;
  /** Standard normal. */
  normal(): number;
  /** One of the values, by weight. */
  pick<T>(weighted: readonly (readonly [T, number])[]): T;
}

/** Mulberry32 (Tommy Ettinger's 32-bit generator) behind the draws. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return {
    uniform,
    normal,
    chance: (probability) => uniform() < probability,
    pick: (weighted) => pickWeighted(weighted, uniform()),
  };
}

function pickWeighted<T>(weighted: readonly (readonly [T, number])[], at: number): T {
  const total = weighted.reduce((sum, [, weight]) => sum + weight, 0);
  let remaining = at * total;
  for (const [value, weight] of weighted) {
    remaining -= weight;
    if (remaining < 0) return value;
  }
  const last = weighted.at(-1);
  if (last === undefined) throw new RangeError("nothing to pick from");
  return last[0];
}
