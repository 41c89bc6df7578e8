/** Bar B5: requests of one conversation hang together. Without the design effect the same test alarms almost surely. */
import { GRID_SIZE, PI_G } from "@/server/domain/evidence/constants";
import type { Cluster } from "@/server/domain/evidence/dispersion";
import { designEffect } from "@/server/domain/evidence/dispersion";
import { evidenceValue, startEvidence, updateEvidence } from "@/server/domain/evidence/engine";
import { rateEll, twoRateEll } from "@/server/domain/evidence/rate-kernel";
import type { Bar, Share } from "./bar";
import { percent, percentRange } from "./bar";
import type { Random } from "./random";
import { betaOfCorrelation, exponential, randomStream } from "./random";
import { TICKS_PER_DAY, TICK_SEC } from "./traffic";

const LIMIT = 0.05;
const RPS = 2;
/** Mean pause between the turns of a conversation. */
const TURN_SEC = 30;

export interface Conversations {
  /** Intra-conversation correlation of outcomes. */
  readonly correlation: number;
  readonly meanTurns: number;
}

export const CONVERSATIONS: readonly Conversations[] = [
  { correlation: 0, meanTurns: 1 },
  { correlation: 0.05, meanTurns: 6 },
  { correlation: 0.2, meanTurns: 6 },
  { correlation: 0.5, meanTurns: 6 },
  { correlation: 0.95, meanTurns: 3 },
];

/** A day of conversations: counts per tick, and the conversations as clusters. */
function conversationDay(random: Random, { correlation, meanTurns }: Conversations) {
  const n = new Uint16Array(TICKS_PER_DAY);
  const s = new Uint16Array(TICKS_PER_DAY);
  const clusters: Cluster[] = [];
  const daySec = TICKS_PER_DAY * TICK_SEC;
  // Conversations that began before the day still have turns in it.
  const warmSec = 20 * meanTurns * TURN_SEC;
  for (let startSec = -warmSec; startSec < daySec; startSec += (exponential(random) * meanTurns) / RPS) {
    const p = betaOfCorrelation(random, LIMIT, correlation);
    const cluster = { n: 0, s: 0 };
    let atSec = startSec;
    do {
      const tick = Math.floor(atSec / TICK_SEC);
      if (tick >= 0 && tick < TICKS_PER_DAY) {
        const bad = random() < p ? 1 : 0;
        n[tick] = (n[tick] ?? 0) + 1;
        s[tick] = (s[tick] ?? 0) + bad;
        cluster.n += 1;
        cluster.s += bad;
      }
      atSec += exponential(random) * TURN_SEC;
    } while (random() < 1 - 1 / meanTurns);
    if (cluster.n > 0) clusters.push(cluster);
  }
  return { n, s, clusters };
}

interface ClusterResult {
  readonly phi: number;
  readonly limit: Share;
  readonly control: Share;
}

/** False alarms of a day exactly at the limit, and against an equal control, with yesterday's design effect or without. */
function falseAlarms(
  conversations: Conversations,
  options: { runs: number; seed: number; corrected: boolean },
): ClusterResult {
  const { runs, seed, corrected } = options;
  let [limitAlarms, controlAlarms, phiSum] = [0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const random = randomStream(seed, run);
    const yesterday = conversationDay(random, conversations);
    const dispersion = corrected ? designEffect(yesterday.clusters) : 1;
    phiSum += dispersion;
    const a = conversationDay(random, conversations);
    const b = conversationDay(random, conversations);
    let limit = startEvidence(GRID_SIZE);
    let control = startEvidence(GRID_SIZE);
    let [limitTop, controlTop] = [0, 0];
    for (let i = 0; i < TICKS_PER_DAY; i++) {
      const counts = { nA: a.n[i] ?? 0, sA: a.s[i] ?? 0, nB: b.n[i] ?? 0, sB: b.s[i] ?? 0 };
      const ell = rateEll({ s: counts.sB, n: counts.nB, p0: LIMIT, direction: 1 });
      limit = updateEvidence(limit, ell, TICK_SEC, { dispersion });
      control = updateEvidence(control, twoRateEll(counts, { rho: 1, delta: 0 }, 1), TICK_SEC, { dispersion });
      limitTop = Math.max(limitTop, evidenceValue(limit, PI_G));
      controlTop = Math.max(controlTop, evidenceValue(control, PI_G));
    }
    if (limitTop >= 100) limitAlarms += 1;
    if (controlTop >= 100) controlAlarms += 1;
  }
  return { phi: phiSum / runs, limit: { alarms: limitAlarms, runs }, control: { alarms: controlAlarms, runs } };
}

/** B5, with what the same test does without the design effect beside it. */
export function barClusters(options: { runs: number; bound: number; kinds?: readonly Conversations[] }): {
  bar: Bar;
  table: string;
} {
  const { runs, bound, kinds = CONVERSATIONS } = options;
  const results = kinds.map((conversations, i) => ({
    conversations,
    with: falseAlarms(conversations, { runs, seed: 500 + i, corrected: true }),
    without: falseAlarms(conversations, { runs, seed: 500 + i, corrected: false }),
  }));
  const shares = results.flatMap((result) => [result.with.limit, result.with.control]);
  const rate = ({ alarms }: Share) => percent(alarms / runs);
  const rows = results.map(
    ({ conversations: { correlation, meanTurns }, ...r }) =>
      `| ${correlation} × ${meanTurns} | ${r.with.phi.toFixed(1)} | ${rate(r.without.limit)} / ${rate(r.without.control)} | ${rate(r.with.limit)} / ${rate(r.with.control)} |`,
  );
  const head = ["| correlation × turns | φ | false, φ = 1: limit / control | false, φ measured |", "|---|---|---|---|"];
  return {
    bar: {
      id: "B5",
      demand: `conversations (correlation ≤ 0.95): ≤ ${percent(bound)} per 24 h with the measured design effect`,
      measured: `${percentRange(shares)} (${runs} runs each)`,
      met: shares.every(({ alarms }) => alarms / runs <= bound),
    },
    table: [...head, ...rows].join("\n"),
  };
}
