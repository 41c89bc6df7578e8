/** What a rule's evidence says now: its status and the numbers that people and the decision table read. */
import type { ThresholdAction } from "@/server/domain/vocabulary";
import { WATCH_M } from "./constants";
import { budgetFactor, log10Evidence } from "./engine";
import { moreNeeded } from "./needed-observations";
import type { RuleConfig } from "./rule-config";
import { breachThreshold } from "./rule-config";
import type { Presence, RuleEvidence } from "./rule-evidence";
import { isFounded } from "./rule-evidence";

/** First that applies: a breach is latched; `ok` is proved, not assumed; no data is never evidence of health. */
export const RULE_STATUSES = ["breach", "no_data", "ok", "watch", "collecting"] as const;
type RuleStatus = (typeof RULE_STATUSES)[number];

/** How a breach of a rule is held against the release. */
type Attribution =
  /** The comparison with the control must have reached the threshold too. */
  | "twin"
  /** The rule compares with the control by itself. */
  | "self"
  /** The policy says `attribution: none`. */
  | "none";

export interface RuleReading {
  readonly ruleId: string;
  readonly action: ThresholdAction;
  readonly attribution: Attribution;
  readonly status: RuleStatus;
  readonly alpha: number;
  readonly threshold: number;
  readonly m: number;
  readonly log10M: number;
  /** There are enough observations, bad events and distinct subjects among them for a breach. */
  readonly founded: boolean;
  /** All conditions of a breach hold in the last bucket, not only once. */
  readonly breaching: boolean;
  readonly breachedAtMs: number | null;
  readonly twinM: number | null;
  /** The comparison is at the threshold now. */
  readonly twinReached: boolean;
  /** The control itself is at the threshold now: the limit is broken for everyone. */
  readonly controlReached: boolean;
  /** ln of the evidence for "within its limit", and whether that is proof. */
  readonly proofLog: number;
  readonly proven: boolean;
  readonly n: number;
  readonly events: number;
  /** What n dependent requests are worth: n/φ. */
  readonly effectiveN: number;
  /** Observations that a verdict, either way, is likely to need beyond `n`; undefined while that cannot be said. */
  readonly moreNeeded: number | undefined;
  /** Time that the evidence covers, seconds. */
  readonly elapsedSec: number;
  /** Share of the horizon's false-alarm budget that may have been spent: ½ at the start, 1 after one horizon. */
  readonly budget: number;
}

/** Reads a rule as of its last bucket. */
export function readRule(state: RuleEvidence, config: RuleConfig): RuleReading {
  const threshold = breachThreshold(config);
  const { m, twinM, controlM, proofLog } = state.values;
  const elapsedSec = (state.absolute ?? state.relative?.streams[0])?.elapsedSec ?? 0;
  return {
    ruleId: config.ruleId,
    action: config.action,
    attribution: attributionOf(config),
    status: ruleStatus(state, config),
    alpha: config.alpha,
    threshold,
    m,
    log10M: log10Evidence(m),
    founded: isFounded(state, config),
    breaching: state.breaching,
    breachedAtMs: state.breachedAtMs,
    twinM,
    twinReached: twinM !== null && twinM >= threshold,
    controlReached: controlM !== null && controlM >= threshold,
    proofLog,
    proven: isProven(state, config),
    n: state.n,
    events: state.events,
    effectiveN: state.n / config.dispersion.value,
    moreNeeded: moreNeeded(state, config),
    elapsedSec,
    budget: budgetFactor(elapsedSec, config.horizonSec),
  };
}

function attributionOf({ test }: RuleConfig): Attribution {
  if (test.axis === "relative") return "self";
  return test.twin === null ? "none" : "twin";
}

function isProven(state: RuleEvidence, config: RuleConfig): boolean {
  return state.values.proofLog >= Math.log(1 / config.beta) && state.n >= config.minRequests;
}

function ruleStatus(state: RuleEvidence, config: RuleConfig): RuleStatus {
  const { m } = state.values;
  if (state.breachedAtMs !== null) return "breach";
  if (isSilent(state)) return "no_data";
  if (isProven(state, config) && m < 1) return "ok";
  return m >= WATCH_M ? "watch" : "collecting";
}

/** No candidate data for longer than three buckets and five usual gaps, while the control had some. */
function isSilent(state: RuleEvidence): boolean {
  const { startedAtMs, lastStartMs, lastEndMs, presence } = state;
  if (startedAtMs === null || lastStartMs === null || lastEndMs === null) return false;
  const sinceMs = presence.candidateMs ?? startedAtMs;
  const silentMs = lastEndMs - sinceMs;
  const controlSpoke = presence.controlMs !== null && presence.controlMs > sinceMs;
  // The usual gap is looked for last: nearly every rule has just had data.
  return controlSpoke && silentMs >= 3 * (lastEndMs - lastStartMs) && silentMs >= 5 * medianGapMs(presence);
}

function medianGapMs({ gapsMs }: Presence): number {
  const sorted = gapsMs.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
