/**
 * From a threshold of a policy to the rule that tests it: which statement, which comparison attributes a breach, and the
 * defaults that the policy leaves open. The only place that knows what kinds of metrics need.
 */
import type { ThresholdAction } from "@/server/domain/vocabulary";
import type { Statement } from "./absolute-statement";
import { absoluteStatement } from "./absolute-statement";
import { BETA_PROOF, HORIZON_SEC } from "./constants";
import type { Dispersion } from "./dispersion";
import type { Metric } from "@/server/domain/metric/metric";
import { DEFAULTS, metricClass } from "./metric-class";
import { relativeStatement } from "./relative-statement";
import type { RuleConfig } from "./rule-config";
import { comparisonOf } from "./rule-config";

/** One limit of a policy's threshold: `max_increase: 0.15` allows 15 % more than the concurrent control. */
export interface ThresholdLimit {
  readonly kind: "max" | "min" | "max_increase" | "max_decrease";
  readonly value: number;
}

export interface ThresholdInput {
  readonly ruleId: string;
  readonly metricName: string;
  readonly metric: Metric;
  readonly limit: ThresholdLimit;
  readonly action: ThresholdAction;
  readonly segment?: { readonly name: string; readonly value: string };
  /** `none`: a broken limit is the release's fault whatever the control shows. Only for `max` and `min`. */
  readonly attribution?: "control" | "none";
  /** No breach and no proof before this many observations of the candidate. */
  readonly minRequests?: number;
  /** Both arms answer the same requests (shadow). */
  readonly paired?: boolean;
  /** Data of the candidate's first seconds that are not used; none are left out unless the policy says so. */
  readonly warmupSec?: number;
  /** The rule's share of the false-alarm budget, see `splitAlpha`. */
  readonly alpha: number;
  readonly dispersion: Dispersion;
}

/** The rule, or why the threshold cannot be tested: for the policy's author. */
export type ThresholdRule =
  | { readonly ok: true; readonly rule: RuleConfig }
  | { readonly ok: false; readonly message: string };

/** Bad events, and distinct subjects among them, without which nothing is a breach: one broken tenant is not a release. */
const MIN_EVENTS = 3;
const MIN_SUBJECTS = 3;

/** Turns a threshold into a rule. */
export function thresholdRule(input: ThresholdInput): ThresholdRule {
  const statement = statementOf(input);
  if (typeof statement === "string") return { ok: false, message: `${input.metricName}: ${statement}` };
  const defaults = DEFAULTS[metricClass(input.metric)];
  const { ruleId, metricName, segment, action, alpha, dispersion, minRequests = 0, warmupSec = 0 } = input;
  return {
    ok: true,
    rule: {
      ruleId,
      metric: metricName,
      ...(segment === undefined ? {} : { segment }),
      action,
      ...statement,
      alpha,
      beta: BETA_PROOF,
      dispersion,
      horizonSec: HORIZON_SEC,
      sustainSec: defaults.sustainSec,
      warmupSec,
      minRequests,
      minEvents: MIN_EVENTS,
      minSubjects: MIN_SUBJECTS,
    },
  };
}

function statementOf({ metric, limit, attribution, paired = false, action }: ThresholdInput): Statement | string {
  const { kind, value } = limit;
  if (kind === "max" || kind === "min") {
    return absoluteStatement(metric, { side: kind, value, attributed: attribution !== "none", paired });
  }
  return relativeStatement(metric, { side: kind, value, paired, action });
}

/**
 * The same rule on two halves of the control, one in the candidate's place, which no release can explain. Undefined for
 * rules without a comparison, and for pairs, which have no halves.
 */
export function controlHalvesRule(rule: RuleConfig): RuleConfig | undefined {
  if (comparisonOf(rule) === null || rule.counted.pair !== undefined) return undefined;
  return { ...rule, ruleId: controlHalvesId(rule.ruleId), warmupSec: 0 };
}

/** The id of a rule on the halves of the control. */
export function controlHalvesId(ruleId: string): string {
  return `${ruleId}/control-halves`;
}
