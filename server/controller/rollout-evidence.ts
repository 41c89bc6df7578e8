/**
 * The evidence of one rollout from tick to tick: reads the closed arrival buckets that it has not consumed yet and
 * advances every rule through them, in order, once. What it returns is stored with the evaluation, in one transaction.
 */
import { ALPHA_PAUSE, ALPHA_ROLLBACK, ASSUMED_DISPERSION } from "@/server/domain/evidence/constants";
import type { Dispersion } from "@/server/domain/evidence/dispersion";
import { CONTROL_HALF_KEY } from "@/server/domain/evidence/control-halves";
import { splitAlpha, type AlphaShare } from "@/server/domain/evidence/family";
import { defaultWeight } from "@/server/domain/evidence/metric-class";
import type { RuleConfig } from "@/server/domain/evidence/rule-config";
import { advanceRule, startRule, type RuleEvidence } from "@/server/domain/evidence/rule-evidence";
import { thresholdRule, type ThresholdRule } from "@/server/domain/evidence/threshold-rule";
import { pairKey } from "@/server/domain/metric/metric-source";
import { evidenceRuleId } from "@/server/domain/policy/judge-evidence";
import type { Policy, Threshold } from "@/server/domain/policy/policy";
import type { Track } from "@/server/domain/vocabulary";
import { alignDown } from "@/server/domain/window/window";
import { advanceHalves, halvesDiffer, NO_HALVES, type HalvesEvidence } from "./control-halves";
import type { EvaluationTelemetry } from "./evaluation-telemetry";
import { EvidenceIndex, evidenceBuckets, LATENESS_MS, sourceKey } from "./evidence-buckets";
import { controlSample, dispersionOfRule } from "./request-sample";
import { EVALUATION_STEP_MS, type Comparison } from "./rule-windows";

/** Pause and notify rules share a greater budget than the rollback rules: a pause costs minutes, not a release. */
const PAUSE_BUDGET_FACTOR = ALPHA_PAUSE / ALPHA_ROLLBACK;
/** Segment values that a key may show in a rollout without prior traffic. */
const FEWEST_SLOTS = 10;
const MOST_SLOTS = 50;
const DAY_MS = 86_400_000;

/** One rule's frozen settings and its evidence so far. */
export interface StoredRule {
  alpha: number;
  dispersion: Dispersion;
  state: RuleEvidence;
}

/** What is carried from tick to tick; how it is written down is `evidence-codec.ts`'s matter. */
export interface StoredEvidence {
  policyVersion: number;
  /** End of the last consumed arrival bucket, epoch ms. */
  consumedToMs: number;
  /** Segment values per key that the false-alarm budget was shared out for when the rollout began. */
  slots: Record<string, number>;
  /** The control's design effect per threshold, measured when the rollout began. */
  dispersions: Record<string, Dispersion>;
  /** The track the candidate's buckets are of: shadow evidence is not continued by a canary. */
  track: Track;
  /** Rules whose breach a person has seen and let pass. */
  acknowledged: string[];
  rules: Record<string, StoredRule>;
  /** The control against itself, under the same rules. */
  halves: HalvesEvidence;
}

/** A segment value whose rules are tested too. */
interface SegmentValue {
  key: string;
  value: string;
}

/** A rule after the newest bucket, or why its threshold cannot be tested. */
export interface AdvancedRule {
  threshold: Threshold;
  segment: SegmentValue | undefined;
  outcome:
    | {
        ok: true;
        config: RuleConfig;
        state: RuleEvidence;
        /** Evidence that the control differs from itself in what the rule compares; undefined where it compares nothing. */
        halvesM: number | undefined;
      }
    | { ok: false; message: string };
}

export interface AdvancedEvidence {
  stored: StoredEvidence;
  rules: AdvancedRule[];
}

interface AdvanceInput {
  /** As the last evaluation left it; undefined at the first. */
  previous: StoredEvidence | undefined;
  policy: Policy;
  policyVersion: number;
  comparison: Comparison;
  /** Rules whose breach a person has let pass since the last evaluation. */
  acknowledged: readonly string[];
  /** Rules built for `previous`, by id; filled with those built now. */
  configs: Map<string, RuleConfig>;
  nowMs: number;
}

/** The end of the newest closed arrival bucket, epoch ms. */
export function closedInstant(nowMs: number): number {
  return alignDown(nowMs - LATENESS_MS, EVALUATION_STEP_MS);
}

/**
 * Advances every rule to the newest closed bucket. State of another policy version or track is not
 * continued: the evidence starts anew and is rebuilt from the stored buckets since the rollout began.
 */
export function advanceEvidence(telemetry: EvaluationTelemetry, input: AdvanceInput): AdvancedEvidence {
  const { comparison, nowMs } = input;
  const startMs = alignDown(comparison.sinceMs, EVALUATION_STEP_MS);
  const toMs = Math.max(startMs, closedInstant(nowMs));
  const previous = continuable(input) ?? beginEvidence(telemetry, input, startMs);
  const { rules, index } = rulesWithData(telemetry, { input, previous, startMs, toMs });
  const halves = advanceHalves(index, {
    past: previous.halves,
    rules: rules.flatMap(({ segment, built }) => (segment === undefined && built.ok ? [built.rule] : [])),
    controlId: comparison.controlId,
    fromMs: previous.consumedToMs,
    toMs,
  });
  const advanced = rules.map((rule) =>
    advanceOne(index, {
      ...rule,
      comparison,
      halves,
      toMs,
      fromMs: rule.known === undefined ? startMs : previous.consumedToMs,
    }),
  );
  const acknowledged = [...new Set([...previous.acknowledged, ...input.acknowledged])];
  return { stored: { ...storedFrom(previous, advanced, toMs), acknowledged, halves }, rules: advanced };
}

/** Whether there is more to write down than newer numbers: another rule under test, or a breach that was let pass. */
export function hasGrown(before: StoredEvidence | undefined, after: StoredEvidence | undefined): boolean {
  if (before === undefined || after === undefined) return before !== after;
  return (
    Object.keys(before.rules).length !== Object.keys(after.rules).length ||
    before.acknowledged.length !== after.acknowledged.length
  );
}

/**
 * Every rule with the buckets that it has not consumed. A segment value is known by its first bucket; its rules are tested
 * from the rollout's beginning, as if it had been known by then.
 */
function rulesWithData(
  telemetry: EvaluationTelemetry,
  { input, previous, startMs, toMs }: { input: AdvanceInput; previous: StoredEvidence; startMs: number; toMs: number },
): { rules: PreparedRule[]; index: EvidenceIndex } {
  const { policy, comparison } = input;
  const keys = [...new Set(policy.thresholds.flatMap((threshold) => threshold.segments))];
  const shares = alphaShares(policy, previous.slots);
  const whole = policy.thresholds.map((threshold) =>
    prepare({ threshold, segment: undefined }, { input, previous, shares }),
  );
  const read = (fromMs: number): EvidenceIndex =>
    readIndex(telemetry, { rules: whole, keys, comparison, fromMs, toMs });
  const fresh = whole.some(({ known }) => known === undefined);
  let index = read(fresh ? startMs : previous.consumedToMs);
  const values = segmentValues(index, { comparison, previous, keys });
  const rules = policy.thresholds.flatMap((threshold, at) => {
    const own = whole[at];
    const perSegment = threshold.segments.flatMap((key) =>
      (values.get(key) ?? []).map((value) =>
        prepare({ threshold, segment: { key, value } }, { input, previous, shares }),
      ),
    );
    return own === undefined ? [] : [own, ...perSegment];
  });
  if (!fresh && rules.some(({ known }) => known === undefined)) index = read(startMs);
  return { rules, index };
}

function prepare(
  rule: { threshold: Threshold; segment: SegmentValue | undefined },
  {
    input,
    previous,
    shares,
  }: { input: AdvanceInput; previous: StoredEvidence; shares: ReadonlyMap<string, AlphaShare> },
): PreparedRule {
  const ruleId = ruleKey(rule);
  const known = previous.rules[ruleId];
  const config = known === undefined ? undefined : input.configs.get(ruleId);
  if (config !== undefined) return { ...rule, known, built: { ok: true, rule: config } };
  const settings = known ?? freshSettings(rule, { previous, share: shares.get(rule.threshold.id) });
  const built = ruleOf(rule.threshold, {
    segment: rule.segment,
    warmupMs: input.policy.warmupMs,
    track: input.comparison.candidateTrack,
    ...settings,
  });
  if (built.ok) input.configs.set(ruleId, built.rule);
  return { ...rule, known, built };
}

function continuable({ previous, policyVersion, comparison }: AdvanceInput): StoredEvidence | undefined {
  const continues = previous?.policyVersion === policyVersion && previous.track === comparison.candidateTrack;
  return continues ? previous : undefined;
}

/** Freezes what must not change while evidence accumulates: the split of the budget and the design effects. */
function beginEvidence(telemetry: EvaluationTelemetry, input: AdvanceInput, startMs: number): StoredEvidence {
  const { policy, policyVersion, comparison } = input;
  const { application, sinceMs } = comparison;
  const keys = new Set(policy.thresholds.flatMap((threshold) => threshold.segments));
  const slots: Record<string, number> = {};
  for (const key of keys) {
    const seen = telemetry.segmentValues({
      application,
      key,
      fromMs: sinceMs - DAY_MS,
      toMs: sinceMs,
      limit: MOST_SLOTS,
    }).length;
    slots[key] = Math.min(MOST_SLOTS, Math.max(FEWEST_SLOTS, 2 * seen));
  }
  const sample = controlSample(telemetry, comparison);
  const dispersions: Record<string, Dispersion> = {};
  for (const threshold of policy.thresholds) {
    const rule = ruleOf(threshold, {
      segment: undefined,
      alpha: policy.alpha,
      dispersion: { value: 1, assumed: true },
      warmupMs: 0,
      track: comparison.candidateTrack,
    });
    if (rule.ok) dispersions[threshold.id] = dispersionOfRule(rule.rule.counted, sample);
  }
  return {
    policyVersion,
    consumedToMs: startMs,
    slots,
    dispersions,
    track: comparison.candidateTrack,
    acknowledged: [],
    rules: {},
    halves: NO_HALVES,
  };
}

/** The false-alarm budget of each rule: rollback rules share the policy's, the others share one of their own. */
function alphaShares(policy: Policy, slots: Record<string, number>): ReadonlyMap<string, AlphaShare> {
  const segmentSlots = Object.values(slots).reduce((sum, count) => sum + count, 0);
  const families = [
    { alpha: policy.alpha, members: policy.thresholds.filter((one) => one.action === "rollback") },
    {
      alpha: Math.min(0.5, policy.alpha * PAUSE_BUDGET_FACTOR),
      members: policy.thresholds.filter((one) => one.action !== "rollback"),
    },
  ];
  return new Map(
    families.flatMap(({ alpha, members }) => {
      if (members.length === 0) return [];
      const rules = members.map(({ id, metric }) => ({ ruleId: id, weight: defaultWeight(metric) }));
      return [...splitAlpha({ alpha, rules, segmentSlots })];
    }),
  );
}

/** Values of the candidate's buckets, busiest first, by key; those already under test stay, whatever their traffic. */
function segmentValues(
  index: EvidenceIndex,
  { comparison, previous, keys }: { comparison: Comparison; previous: StoredEvidence; keys: readonly string[] },
): ReadonlyMap<string, readonly string[]> {
  const tested = Object.keys(previous.rules);
  return new Map(
    keys.map((key) => {
      const prefix = `@${key}=`;
      const known = tested.flatMap((id) => (id.includes(prefix) ? [id.slice(id.indexOf(prefix) + prefix.length)] : []));
      const values = [...new Set([...known, ...index.segmentValues(comparison, key)])];
      return [key, values.slice(0, previous.slots[key] ?? FEWEST_SLOTS)];
    }),
  );
}

/** A rule with its evidence so far, if it has any. */
interface PreparedRule {
  threshold: Threshold;
  segment: SegmentValue | undefined;
  known: StoredRule | undefined;
  built: ThresholdRule;
}

/** One query for everything that the rules have not consumed yet. */
function readIndex(
  telemetry: EvaluationTelemetry,
  {
    rules,
    keys,
    comparison,
    fromMs,
    toMs,
  }: {
    rules: readonly PreparedRule[];
    keys: readonly string[];
    comparison: Comparison;
    fromMs: number;
    toMs: number;
  },
): EvidenceIndex {
  const { application, candidateId, controlId } = comparison;
  const releaseIds = controlId === null ? [candidateId] : [candidateId, controlId];
  const measures = new Set(rules.flatMap(({ built }) => (built.ok ? measuresOf(built.rule) : [])));
  const segmentKeys = ["", CONTROL_HALF_KEY, ...keys];
  if (fromMs >= toMs || measures.size === 0) return new EvidenceIndex([]);
  const query = { application, releaseIds, measures: [...measures], segmentKeys, fromMs, toMs };
  return new EvidenceIndex(telemetry.evidenceBuckets(query));
}

function measuresOf(rule: RuleConfig): string[] {
  const own = sourceKey(rule);
  return rule.counted.pair === undefined ? [own] : [own, pairKey(own)];
}

function advanceOne(
  index: EvidenceIndex,
  rule: PreparedRule & { comparison: Comparison; halves: HalvesEvidence; fromMs: number; toMs: number },
): AdvancedRule {
  const { threshold, segment, known, built, comparison, halves, fromMs, toMs } = rule;
  if (!built.ok) return { threshold, segment, outcome: { ok: false, message: built.message } };
  const config = built.rule;
  let state = known?.state ?? startRule(config);
  for (const bucket of evidenceBuckets(index, { rule: config, comparison, fromMs, toMs })) {
    state = advanceRule(state, bucket, config);
  }
  // A segment's comparison is the whole's with fewer requests: what makes the control differ from itself is the same.
  const halvesM = halvesDiffer(halves, threshold.id);
  return { threshold, segment, outcome: { ok: true, config, state, halvesM } };
}

/** A rule's settings when its evidence begins; frozen from then on. */
function freshSettings(
  { threshold, segment }: { threshold: Threshold; segment: SegmentValue | undefined },
  { previous, share }: { previous: StoredEvidence; share: AlphaShare | undefined },
): { alpha: number; dispersion: Dispersion } {
  const dispersion = previous.dispersions[threshold.id] ?? { value: ASSUMED_DISPERSION, assumed: true };
  if (threshold.alpha !== undefined && segment === undefined) return { alpha: threshold.alpha, dispersion };
  const alpha = segment === undefined ? share?.rule : share?.perSegment;
  if (alpha === undefined) throw new RangeError(`threshold ${threshold.id} has no share of the false-alarm budget`);
  return { alpha, dispersion };
}

function ruleOf(
  threshold: Threshold,
  settings: {
    segment: SegmentValue | undefined;
    alpha: number;
    dispersion: Dispersion;
    warmupMs: number;
    track: Track;
  },
): ThresholdRule {
  const { segment, alpha, dispersion, warmupMs, track } = settings;
  const { bound } = threshold;
  return thresholdRule({
    ruleId: ruleKey({ threshold, segment }),
    metricName: threshold.name,
    metric: threshold.metric,
    limit: { kind: bound.kind, value: "limit" in bound ? bound.limit : bound.fraction },
    action: threshold.action,
    ...(segment === undefined ? {} : { segment: { name: segment.key, value: segment.value } }),
    attribution: threshold.attribution,
    paired: isPaired(threshold, track),
    minRequests: threshold.minRequests,
    warmupSec: warmupMs / 1_000,
    alpha,
    dispersion,
  });
}

/** A shadow answers the control's own requests. What is kept of a pair is its plain difference, without a margin. */
function isPaired({ bound }: Threshold, track: Track): boolean {
  return track === "shadow" && ("limit" in bound || bound.fraction === 0);
}

function ruleKey({ threshold, segment }: { threshold: Threshold; segment: SegmentValue | undefined }): string {
  return evidenceRuleId(threshold.id, segment === undefined ? undefined : `${segment.key}=${segment.value}`);
}

function storedFrom(previous: StoredEvidence, advanced: readonly AdvancedRule[], toMs: number): StoredEvidence {
  const rules: Record<string, StoredRule> = {};
  for (const rule of advanced) {
    if (!rule.outcome.ok) continue;
    const { config, state } = rule.outcome;
    rules[config.ruleId] = { alpha: config.alpha, dispersion: config.dispersion, state };
  }
  return { ...previous, consumedToMs: toMs, rules };
}
