/** Invented releases of which it is known what harmed them: what blame is measured against. */
import type { Arm, ArmPair } from "@/server/domain/blame/effect";
import type { BlameInput, PastRelease } from "@/server/domain/blame/rank-components";

export type Random = () => number;

/** A small reproducible generator (mulberry32): the seed names the scenario. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const KINDS = ["prompt", "adapter", "feature_view", "retrieval_index", "generation"] as const;

export interface Scenario {
  input: BlameInput;
  controlBefore: Arm;
  /** The guilty kind, where there is one. */
  guilty: string | undefined;
}

export type Fault = "component" | "nothing" | "outside";

/**
 * Up to five changed components and three to eight earlier releases that tried some of them, each beside its own control on
 * its own day. With `component` one of them multiplies the odds of a bad answer wherever it is; with `outside` the
 * candidate alone is harmed although every component served well before; with `nothing` nobody is.
 */
export function scenario(seed: number, fault: Fault): Scenario {
  const random = seeded(seed);
  const changed = 1 + Math.floor(random() * KINDS.length);
  const kinds = KINDS.slice(0, changed);
  const guilty = fault === "component" ? kinds[Math.floor(random() * changed)] : undefined;
  const harm = Math.log(2 + 4 * random());
  const base = between(random, 0.01, 0.08);
  const sets =
    fault === "outside" ? [...pastSets(random, kinds, undefined), [...kinds]] : pastSets(random, kinds, guilty);
  const past = sets.map((shares, index): PastRelease => {
    const harmed = guilty !== undefined && shares.includes(guilty);
    const pair = served(random, { base: base * between(random, 0.6, 1.6), harm: harmed ? harm : 0 });
    return { releaseId: `past-${index}`, shares, pair };
  });
  const candidate = served(random, { base, harm: fault === "nothing" ? 0 : harm });
  const controlBefore = draw(random, { rate: base, count: 20_000 });
  return {
    input: { suspects: kinds.map((kind) => ({ kind, hints: [] })), candidate, past, dispersion: 2 },
    controlBefore,
    guilty,
  };
}

/** Drawn again until the guilty one can be told from every other: no method can do better than the design allows. */
function pastSets(random: Random, kinds: readonly string[], guilty: string | undefined): string[][] {
  for (;;) {
    const count = 3 + Math.floor(random() * 6);
    const sets = Array.from({ length: count }, () => kinds.filter(() => random() < 0.4));
    const apart = kinds.every(
      (kind) => kind === guilty || sets.some((set) => set.includes(kind) !== set.includes(guilty ?? "")),
    );
    if (apart) return sets;
  }
}

function served(random: Random, { base, harm }: { base: number; harm: number }): ArmPair {
  // Every release differs a little from every other, whatever it is made of.
  const odds = (base / (1 - base)) * Math.exp(harm + 0.08 * normal(random));
  const release = draw(random, { rate: odds / (1 + odds), count: Math.round(between(random, 600, 4_000)) });
  return { release, control: draw(random, { rate: base, count: release.count * 6 }) };
}

function draw(random: Random, { rate, count }: { rate: number; count: number }): Arm {
  const spread = Math.sqrt(count * rate * (1 - rate));
  // The normal approximation is exact enough for these counts, and quick.
  const bad = Math.round(count * rate + spread * normal(random));
  return { bad: Math.min(count, Math.max(0, bad)), count };
}

function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random();
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
