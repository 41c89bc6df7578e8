/**
 * The control against itself, all the time a rollout lives: one half of its subjects stands in the candidate's place and
 * is judged by every rule of the policy. What the rules say there is wrong by construction: it measures the policy's
 * false alarms, and a comparison that sees the halves differ cannot be trusted on the candidate.
 */
import { CONTROL_HALF_KEY } from "@/server/domain/evidence/control-halves";
import { decideFromEvidence } from "@/server/domain/evidence/decide";
import type { RuleConfig } from "@/server/domain/evidence/rule-config";
import { advanceRule, startRule, type RuleEvidence } from "@/server/domain/evidence/rule-evidence";
import { readRule } from "@/server/domain/evidence/rule-reading";
import { controlHalvesId, controlHalvesRule } from "@/server/domain/evidence/threshold-rule";
import { armBuckets, sourceKey, type EvidenceIndex } from "./evidence-buckets";
import { EVALUATION_STEP_MS } from "./rule-windows";

/** What is carried from tick to tick. */
export interface HalvesEvidence {
  /** Runs begun: one with the first data, and another once the halves agree again after an alarm. */
  runs: number;
  /** Time of the runs in which both halves had data, seconds. */
  elapsedSec: number;
  /** Runs that ended as a rollback. */
  alarms: number;
  /** The newest run has ended so; its evidence goes on, because it says whether the halves still differ. */
  alarmed: boolean;
  /** By the id of the rule that they test on the control. */
  rules: Record<string, RuleEvidence>;
}

export const NO_HALVES: HalvesEvidence = { runs: 0, elapsedSec: 0, alarms: 0, alarmed: false, rules: {} };

/** Both halves' evidence taken through the buckets of `[fromMs, toMs)`; `rules` are those over all traffic. */
export function advanceHalves(
  index: EvidenceIndex,
  {
    past,
    rules,
    controlId,
    fromMs,
    toMs,
  }: { past: HalvesEvidence; rules: readonly RuleConfig[]; controlId: string | null; fromMs: number; toMs: number },
): HalvesEvidence {
  const halves = controlId === null ? [] : rules.flatMap((rule) => controlHalvesRule(rule) ?? []);
  if (controlId === null || halves.length === 0 || (past.runs === 0 && !index.has(halfPlace(controlId, "a")))) {
    return past;
  }
  let next = past;
  for (let startMs = fromMs; startMs < toMs; startMs += EVALUATION_STEP_MS) {
    next = advanceBucket(index, { past: next, halves, controlId, startMs });
  }
  return next;
}

function advanceBucket(
  index: EvidenceIndex,
  {
    past,
    halves,
    controlId,
    startMs,
  }: { past: HalvesEvidence; halves: readonly RuleConfig[]; controlId: string; startMs: number },
): HalvesEvidence {
  let bothHadData = false;
  const states = halves.map((config) => {
    const measure = sourceKey(config);
    const [candidate, control] = (["a", "b"] as const).map((half) =>
      index.series(halfPlace(controlId, half), measure).get(startMs),
    );
    const arms = armBuckets(config, { candidate, control });
    bothHadData ||= arms.candidate.n > 0 && arms.control.n > 0;
    const bucket = { startMs, endMs: startMs + EVALUATION_STEP_MS, ...arms };
    return [config.ruleId, advanceRule(past.rules[config.ruleId] ?? startRule(config), bucket, config)] as const;
  });
  const rules = Object.fromEntries(states);
  if (past.alarmed) {
    const agree = states.every(([, { values }]) => (values.twinM ?? values.m) < 1);
    return agree ? { ...past, runs: past.runs + 1, alarmed: false, rules: {} } : { ...past, rules };
  }
  const alarmed = wouldRollBack(
    states.map(([, state]) => state),
    halves,
  );
  return {
    runs: past.runs === 0 ? Number(bothHadData) : past.runs,
    elapsedSec: past.elapsedSec + (bothHadData ? EVALUATION_STEP_MS / 1_000 : 0),
    alarms: past.alarms + Number(alarmed),
    alarmed,
    rules,
  };
}

function halfPlace(controlId: string, half: "a" | "b"): Parameters<EvidenceIndex["series"]>[0] {
  return { releaseId: controlId, track: "control", segmentKey: CONTROL_HALF_KEY, segmentValue: half };
}

/** By the decision table of a rollout, with nothing but these rules. */
function wouldRollBack(states: readonly RuleEvidence[], configs: readonly RuleConfig[]): boolean {
  const rules = states.flatMap((state, at) => {
    const config = configs[at];
    if (config === undefined) return [];
    return [{ reading: readRule(state, config), required: true, acknowledged: false, incomparable: false }];
  });
  const { outcome } = decideFromEvidence({
    rules,
    controlExists: true,
    candidateShare: 0.5,
    splitMismatch: false,
    telemetryErrors: false,
  });
  return outcome === "rollback";
}

/** The evidence that the halves differ in what a rule over all traffic compares; undefined where it compares nothing. */
export function halvesDiffer(halves: HalvesEvidence, ruleId: string): number | undefined {
  const values = halves.rules[controlHalvesId(ruleId)]?.values;
  return values?.twinM ?? values?.m;
}
