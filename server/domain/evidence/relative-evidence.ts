/**
 * The evidence that a candidate is worse than its concurrent control. Counts are carried over while an arm is empty; what is
 * remembered of the control is only used on later blocks, and a block closes on counts, never on outcomes.
 */
import type { ArmBucket, EvidenceBucket, PairBucket } from "./bucket";
import { EMPTY_ARM, mergeArms } from "./bucket";
import { CONTROL_MEMORY_SEC, GRID_SIZE, PI_EFFECT, PI_G, PI_LAMBDA, PI_SYM } from "./constants";
import type { ControlMemory } from "./control-memory";
import { NO_MEMORY, rememberControl } from "./control-memory";
import type { Evidence, EvidenceOptions } from "./engine";
import { evidenceValue, startEvidence, updateEvidence } from "./engine";
import { meanEll, pairedEll, symmetricEll } from "./mean-kernel";
import type { StepElls } from "./relative-block";
import { meanBlockElls, quantileBlockElls } from "./relative-block";
import { rateEll, twoRateEll } from "./rate-kernel";
import type { RelativeTest } from "./rule-config";
import { DIFFERENCE_EDGES } from "./tent-histogram";

/** Counts of both arms that wait for an arm to get data. */
interface OpenBlock {
  readonly sinceMs: number;
  readonly candidate: ArmBucket;
  readonly control: ArmBucket;
}

/** State of one comparison. `streams` is one evidence per cut of a quantile, else one. */
export interface RelativeEvidence {
  readonly streams: readonly Evidence[];
  readonly block: OpenBlock | null;
  readonly memory: ControlMemory;
}

/** A comparison before its first bucket. */
export function startRelative(test: RelativeTest): RelativeEvidence {
  const streams = test.kind === "quantile" ? test.cuts.length : 1;
  return {
    streams: Array.from({ length: streams }, () => startEvidence(GRID_SIZE)),
    block: null,
    memory: NO_MEMORY,
  };
}

/** The prior over effect sizes of a comparison. */
function relativePrior(test: RelativeTest): readonly number[] {
  switch (test.kind) {
    case "rate":
    case "quantile":
    case "paired_rate":
      return PI_G;
    case "mean":
      return PI_EFFECT;
    case "paired_mean":
      return PI_LAMBDA;
    case "paired_shift":
      return PI_SYM;
  }
}

/** The prior of the proof: a shift is proved absent through the mean of the differences. */
export function relativeProofPrior(test: RelativeTest): readonly number[] {
  return test.kind === "paired_shift" ? PI_LAMBDA : relativePrior(test);
}

/** Takes one bucket in. Returns the next state, its M (the average over the streams) and the step's ℓ_k for the proof. */
export function advanceRelative(
  past: RelativeEvidence,
  step: { test: RelativeTest; bucket: EvidenceBucket; dtSec: number; options: EvidenceOptions },
): { next: RelativeEvidence; m: number; proofEll: readonly number[] } {
  const { test, bucket, dtSec, options } = step;
  const { ells, block, memory } = isPaired(test)
    ? { ells: pairedElls(test, bucket.pairs), block: null, memory: past.memory }
    : advanceBlock(past, test, bucket);
  const streams = past.streams.map((stream, i) => updateEvidence(stream, ells?.worse[i] ?? [], dtSec, options));
  const prior = relativePrior(test);
  const m = streams.reduce((sum, stream) => sum + evidenceValue(stream, prior), 0) / streams.length;
  return { next: { streams, block, memory }, m, proofEll: ells?.proof ?? [] };
}

/** Learns from the control without comparing: the candidate's warm-up. */
export function observeControl(past: RelativeEvidence, test: RelativeTest, bucket: EvidenceBucket): RelativeEvidence {
  const block = { sinceMs: bucket.startMs, candidate: EMPTY_ARM, control: bucket.control };
  return { ...past, block: null, memory: rememberControl(past.memory, test, spanOf(block, bucket)) };
}

type PairedTest = Extract<RelativeTest, { kind: `paired_${string}` }>;
type UnpairedTest = Exclude<RelativeTest, PairedTest>;

function isPaired(test: RelativeTest): test is PairedTest {
  return test.kind === "paired_mean" || test.kind === "paired_shift" || test.kind === "paired_rate";
}

/** Adds a bucket to the open block, and uses the block once both arms have data. */
function advanceBlock(
  past: RelativeEvidence,
  test: UnpairedTest,
  bucket: EvidenceBucket,
): { ells: StepElls | undefined; block: OpenBlock | null; memory: ControlMemory } {
  const open = past.block ?? { sinceMs: bucket.startMs, candidate: EMPTY_ARM, control: EMPTY_ARM };
  const block = {
    sinceMs: open.sinceMs,
    candidate: mergeArms(open.candidate, bucket.candidate),
    control: mergeArms(open.control, bucket.control),
  };
  const complete = block.candidate.n > 0 && block.control.n > 0;
  const stale = bucket.endMs - block.sinceMs > CONTROL_MEMORY_SEC * 1_000;
  if (!complete && !stale) return { ells: undefined, block, memory: past.memory };
  const ells = complete ? blockElls(test, block, past.memory) : undefined;
  return { ells, block: null, memory: rememberControl(past.memory, test, spanOf(block, bucket)) };
}

function spanOf(block: OpenBlock, bucket: EvidenceBucket): { control: ArmBucket; elapsedSec: number } {
  return { control: block.control, elapsedSec: (bucket.endMs - block.sinceMs) / 1_000 };
}

/** Undefined while too little is known of the control for a mean or a quantile to be compared with. */
function blockElls(test: UnpairedTest, block: OpenBlock, memory: ControlMemory): StepElls | undefined {
  switch (test.kind) {
    case "rate": {
      const counts = {
        sA: block.control.events,
        nA: block.control.n,
        sB: block.candidate.events,
        nB: block.candidate.n,
      };
      return { worse: [twoRateEll(counts, test.margin, 1)], proof: twoRateEll(counts, test.proofMargin, -1) };
    }
    case "quantile":
      return quantileBlockElls(test, block, memory);
    case "mean":
      return meanBlockElls(test, block, memory);
  }
}

/** Margin within which a shift test's rule is proved: a mean difference of one hundredth. */
const SHIFT_PROOF_DELTA = 0.01;

function pairedElls(test: PairedTest, pairs: PairBucket | undefined): StepElls | undefined {
  if (pairs === undefined || pairs.n === 0) return undefined;
  if (test.kind === "paired_rate") {
    const counts = { s: pairs.candidateOnly, n: pairs.candidateOnly + pairs.controlOnly, p0: 0.5 };
    return { worse: [rateEll({ ...counts, direction: 1 })], proof: rateEll({ ...counts, direction: -1 }) };
  }
  const tent = pairs.tent ?? [];
  const delta = test.kind === "paired_mean" ? test.delta : SHIFT_PROOF_DELTA;
  const worse =
    test.kind === "paired_mean" ? pairedEll(DIFFERENCE_EDGES, tent, delta) : symmetricEll(DIFFERENCE_EDGES, tent);
  return { worse: [worse], proof: meanEll(DIFFERENCE_EDGES, tent, { side: "max", limit: -delta, bound: -1 }) };
}
