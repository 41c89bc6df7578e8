/** Deterministic random numbers for simulations: one independent stream per (seed, run), and the distributions they need. */

/** Uniform numbers in the open interval (0, 1). */
export type Random = () => number;

/** A 32-bit hash of which every input bit moves every output bit (MurmurHash3's finaliser). */
function scramble(value: number): number {
  let h = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * xoshiro128**, each word of its state hashed from seed, run and position: the streams of different (seed, run) are unrelated
 * and do not depend on the order in which they are drawn.
 */
export function randomStream(seed: number, run: number): Random {
  const word = (position: number) => scramble(scramble(scramble(seed + 0x9e3779b9) + run) + position);
  let [a, b, c, d] = [word(1), word(2), word(3), word(4)];
  return () => {
    const rolled = Math.imul(b, 5);
    const result = Math.imul((rolled << 7) | (rolled >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return (result + 0.5) / 4_294_967_296;
  };
}

/** Standard normal (Box–Muller, one of the pair). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}

/** Exponential with mean 1. */
export function exponential(random: Random): number {
  return -Math.log(random());
}

/** Poisson: inversion for small means, transformed rejection (Hörmann 1993, PTRS) for others. */
export function poisson(random: Random, mean: number): number {
  return mean < 12 ? poissonByInversion(random, mean) : poissonByRejection(random, mean);
}

function poissonByInversion(random: Random, mean: number): number {
  let left = random();
  let term = Math.exp(-mean);
  let k = 0;
  while (left > term && k < 200) {
    left -= term;
    k += 1;
    term *= mean / k;
  }
  return k;
}

function poissonByRejection(random: Random, mean: number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverse = 1.1239 + 1.1328 / (b - 3.4);
  const ready = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= ready) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const accept = Math.log(v) + Math.log(inverse) - Math.log(a / (us * us) + b);
    if (accept <= k * Math.log(mean) - mean - logFactorial(k)) return k;
  }
}

/** ln k! by Stirling's series; exact enough (1e-10) for k ≥ 10, which is where it is used. */
function logFactorial(k: number): number {
  if (k < 10) return Math.log([1, 1, 2, 6, 24, 120, 720, 5_040, 40_320, 362_880][k] ?? 1);
  const x = k + 1;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3);
}

/** Gamma of any shape and scale 1 (Marsaglia–Tsang, with the boost for shapes below 1). */
export function gamma(random: Random, shape: number): number {
  if (shape < 1) return gamma(random, shape + 1) * random() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Beta with the given mean and intra-class correlation: how alike the outcomes within one conversation are. */
export function betaOfCorrelation(random: Random, mean: number, correlation: number): number {
  if (correlation <= 0) return mean;
  const total = (1 - correlation) / correlation;
  const x = gamma(random, mean * total);
  const y = gamma(random, (1 - mean) * total);
  return x + y > 0 ? x / (x + y) : Number(random() < mean);
}
