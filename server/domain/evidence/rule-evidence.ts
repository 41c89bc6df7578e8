/**
 * The state of one rule of a rollout and its step from one closed bucket to the next. Constant in size, plain JSON, and a
 * function of the buckets alone, so that every stored decision can be replayed.
 */
import { absoluteEll, absolutePrior } from "./absolute-evidence";
import type { ArmBucket, EvidenceBucket, PairBucket } from "./bucket";
import { mergeSubjects } from "./bucket";
import { checkBucket } from "./check-bucket";
import { GRID_SIZE, STAT_VERSION } from "./constants";
import type { Evidence, EvidenceOptions } from "./engine";
import { evidenceValue, startEvidence, updateEvidence } from "./engine";
import type { Proof } from "./proof";
import { proofLogValue, startProof, updateProof } from "./proof";
import type { RelativeEvidence } from "./relative-evidence";
import { advanceRelative, observeControl, relativeProofPrior, startRelative } from "./relative-evidence";
import type { RuleConfig, RuleTest } from "./rule-config";
import { breachThreshold, comparisonOf } from "./rule-config";

/** How many gaps between filled buckets are remembered for "no data". */
const REMEMBERED_GAPS = 9;

/** Evidence values as decisions read them; stored, never recomputed. */
interface EvidenceValues {
  /** M of the rule. */
  readonly m: number;
  /** M of the comparison that attributes an absolute breach; null where there is none. */
  readonly twinM: number | null;
  /** M of the control against the same absolute limit; null where there is none. */
  readonly controlM: number | null;
  /** ln of the evidence that the rule is within its limit. */
  readonly proofLog: number;
}

/** When the arms had data: what "no data" is judged by. */
export interface Presence {
  readonly candidateMs: number | null;
  readonly controlMs: number | null;
  /** Lengths of the last gaps between filled buckets of the candidate, oldest first. */
  readonly gapsMs: readonly number[];
}

/** Everything a rule knows. `n`, `events` and `badSubjects` are the candidate's since the warm-up. */
export interface RuleEvidence {
  readonly statVersion: typeof STAT_VERSION;
  readonly startedAtMs: number | null;
  readonly lastStartMs: number | null;
  readonly lastEndMs: number | null;
  readonly absolute: Evidence | null;
  readonly control: Evidence | null;
  readonly relative: RelativeEvidence | null;
  readonly proof: Proof;
  readonly values: EvidenceValues;
  readonly n: number;
  readonly events: number;
  readonly badSubjects: readonly string[];
  readonly presence: Presence;
  /** Start of the bucket from which M has stayed at its threshold. */
  readonly reachedSinceMs: number | null;
  /** Whether the last bucket met every condition of a breach. */
  readonly breaching: boolean;
  /** End of the bucket of the first breach. Latched: evidence that shrinks later does not undo it. */
  readonly breachedAtMs: number | null;
}

/** A rule before its first bucket. */
export function startRule(config: RuleConfig): RuleEvidence {
  const { test } = config;
  const comparison = comparisonOf(config);
  const twin = test.axis === "absolute" && test.twin !== null;
  return {
    statVersion: STAT_VERSION,
    startedAtMs: null,
    lastStartMs: null,
    lastEndMs: null,
    absolute: test.axis === "absolute" ? startEvidence(GRID_SIZE) : null,
    control: twin ? startEvidence(GRID_SIZE) : null,
    relative: comparison === null ? null : startRelative(comparison),
    proof: startProof(GRID_SIZE),
    values: { m: 0, twinM: twin ? 0 : null, controlM: twin ? 0 : null, proofLog: 0 },
    n: 0,
    events: 0,
    badSubjects: [],
    presence: { candidateMs: null, controlMs: null, gapsMs: [] },
    reachedSinceMs: null,
    breaching: false,
    breachedAtMs: null,
  };
}

/**
 * Takes one closed bucket in. A bucket that was taken before returns the state as it is, so that a retry is harmless.
 * @throws RangeError for a malformed or overlapping bucket, or a state of another STAT_VERSION: defects of the caller.
 */
export function advanceRule(past: RuleEvidence, bucket: EvidenceBucket, config: RuleConfig): RuleEvidence {
  if (past.lastEndMs !== null && bucket.endMs <= past.lastEndMs) return past;
  checkVersion(past);
  checkBucket(bucket, config, past.lastEndMs);
  const startedAtMs = past.startedAtMs ?? bucket.startMs;
  const { startMs: lastStartMs, endMs: lastEndMs } = bucket;
  const presence = observePresence(past.presence, bucket);
  if (lastStartMs < startedAtMs + config.warmupSec * 1_000) {
    return { ...past, startedAtMs, lastStartMs, lastEndMs, presence, relative: warmUp(past, bucket, config) };
  }
  const dtSec = (bucket.endMs - (past.lastEndMs ?? bucket.startMs)) / 1_000;
  const options = { dispersion: config.dispersion.value, horizonSec: config.horizonSec };
  const counted = countEvents(past, bucket, config);
  const { absolute, control, relative, proof, values } = measure(past, config, { bucket, dtSec, options });
  const latched = latch(past, { counted, m: values.m, bucket, config });
  // Member by member: it is made for every rule and segment in every bucket, and copies of objects cost twice as much.
  return {
    statVersion: STAT_VERSION,
    startedAtMs,
    lastStartMs,
    lastEndMs,
    absolute,
    control,
    relative,
    proof,
    values,
    n: counted.n,
    events: counted.events,
    badSubjects: counted.badSubjects,
    presence,
    reachedSinceMs: latched.reachedSinceMs,
    breaching: latched.breaching,
    breachedAtMs: latched.breachedAtMs,
  };
}

function checkVersion({ statVersion }: { statVersion: string }): void {
  if (statVersion === STAT_VERSION) return;
  throw new RangeError(`evidence of version ${statVersion} cannot go on under ${STAT_VERSION}; start the rule afresh`);
}

/** Learns from the control, and decides nothing. */
function warmUp({ relative }: RuleEvidence, bucket: EvidenceBucket, config: RuleConfig): RelativeEvidence | null {
  const comparison = comparisonOf(config);
  return comparison === null || relative === null ? relative : observeControl(relative, comparison, bucket);
}

interface Step {
  readonly bucket: EvidenceBucket;
  readonly dtSec: number;
  readonly options: EvidenceOptions;
}

type Measured = Pick<RuleEvidence, "absolute" | "control" | "relative" | "proof" | "values">;

/** The updates of all evidence processes of the rule by one bucket. */
function measure(past: RuleEvidence, { test }: RuleConfig, step: Step): Measured {
  return test.axis === "absolute" ? measureLimit(past, test, step) : measureChange(past, test, step);
}

/** A limit: the candidate and the control against it, and the comparison that attributes a breach. */
function measureLimit(past: RuleEvidence, test: Extract<RuleTest, { axis: "absolute" }>, step: Step): Measured {
  const { bucket, dtSec, options } = step;
  const prior = absolutePrior(test.absolute);
  const advance = (evidence: Evidence | null, arm: ArmBucket) =>
    evidence === null ? null : updateEvidence(evidence, absoluteEll(test.absolute, arm, 1), dtSec, options);
  const absolute = advance(past.absolute, bucket.candidate);
  const control = advance(past.control, bucket.control);
  const compared =
    test.twin === null || past.relative === null
      ? null
      : advanceRelative(past.relative, { test: test.twin, bucket, dtSec, options });
  const proof = updateProof(past.proof, absoluteEll(test.absolute, bucket.candidate, -1), options.dispersion);
  return {
    absolute,
    control,
    relative: compared?.next ?? null,
    proof,
    values: {
      m: absolute === null ? 0 : evidenceValue(absolute, prior),
      twinM: compared?.m ?? null,
      controlM: control === null ? null : evidenceValue(control, prior),
      proofLog: proofLogValue(proof, prior),
    },
  };
}

/** A comparison by itself. */
function measureChange(past: RuleEvidence, test: Extract<RuleTest, { axis: "relative" }>, step: Step): Measured {
  const { absolute, control, relative } = past;
  if (relative === null) return { absolute, control, relative, proof: past.proof, values: past.values };
  const { next, m, proofEll } = advanceRelative(relative, { test: test.relative, ...step });
  const proof = updateProof(past.proof, proofEll, step.options.dispersion);
  const proofLog = proofLogValue(proof, relativeProofPrior(test.relative));
  return { absolute, control, relative: next, proof, values: { m, twinM: null, controlM: null, proofLog } };
}

type Counts = Pick<RuleEvidence, "n" | "events" | "badSubjects">;

/** Pairs count for rules that only compare pairs; the candidate's own observations for all others. */
function countEvents(past: RuleEvidence, bucket: EvidenceBucket, config: RuleConfig): Counts {
  const paired = config.test.axis === "relative" && config.counted.pair !== undefined;
  const { n, events, badSubjects } = paired ? pairCounts(bucket.pairs) : bucket.candidate;
  return {
    n: past.n + n,
    events: past.events + events,
    badSubjects: mergeSubjects(past.badSubjects, badSubjects),
  };
}

function pairCounts(pairs: PairBucket | undefined): ArmBucket {
  return { n: pairs?.n ?? 0, events: pairs?.candidateOnly ?? 0, badSubjects: pairs?.badSubjects ?? [] };
}

/** Whether the rule breaches now, and since when. */
function latch(
  past: RuleEvidence,
  { counted, m, bucket, config }: { counted: Counts; m: number; bucket: EvidenceBucket; config: RuleConfig },
): Pick<RuleEvidence, "reachedSinceMs" | "breaching" | "breachedAtMs"> {
  const reached = m >= breachThreshold(config);
  const reachedSinceMs = reached ? (past.reachedSinceMs ?? bucket.startMs) : null;
  const sustained = reachedSinceMs !== null && bucket.endMs - reachedSinceMs >= config.sustainSec * 1_000;
  const breaching = sustained && isFounded(counted, config);
  return { reachedSinceMs, breaching, breachedAtMs: past.breachedAtMs ?? (breaching ? bucket.endMs : null) };
}

/** Whether there are enough observations, bad events and distinct subjects among them for a breach. */
export function isFounded(state: Counts, config: RuleConfig): boolean {
  const { n, events, badSubjects } = state;
  return n >= config.minRequests && events >= config.minEvents && badSubjects.length >= config.minSubjects;
}

function observePresence(past: Presence, bucket: EvidenceBucket): Presence {
  const controlMs = bucket.control.n > 0 ? bucket.endMs : past.controlMs;
  if (bucket.candidate.n === 0) return { ...past, controlMs };
  const gap = past.candidateMs === null ? [] : [bucket.endMs - past.candidateMs];
  const gapsMs = [...past.gapsMs, ...gap].slice(-REMEMBERED_GAPS);
  return { candidateMs: bucket.endMs, controlMs, gapsMs };
}
