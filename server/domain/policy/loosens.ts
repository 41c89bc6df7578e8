/**
 * What a new version of a policy takes away from the protection of the one before: every way in which one of its
 * rollback rules would act later, on less, or not at all. A change whose effect cannot be ordered (another way to
 * establish a breach) counts as loosened: nobody has shown that it is as strict.
 */
import { z } from "zod";
import { metricLabel } from "@/server/domain/metric/metric";
import { ACTION_WORDS, boundWords } from "./describe-policy";
import { formatDuration } from "./duration";
import type { Bound, Policy, Threshold } from "./policy";
import { percentageOf } from "./policy";
import { ruleAlpha } from "./rule-alpha";

const LOOSENING_KINDS = [
  "rule_removed",
  "limit",
  "action",
  "dry_run",
  "attribution",
  "segments",
  "alpha",
  "sustained",
  "sample",
  "evidence",
  "warmup",
  "settle",
] as const;

/** One way in which a rollback rule protects less than before. */
export const Loosening = z.object({
  /** The rule's id, `p95_ttft_ms:max`; null for what concerns all of them. */
  rule: z.string().nullable(),
  kind: z.enum(LOOSENING_KINDS),
  /** `error rate: rolls back when above 8 %, no longer when above 5 %.` */
  sentence: z.string(),
});
export type Loosening = z.infer<typeof Loosening>;

/** Whether a rule rolls back by itself as written: a dry run decides nothing, so nothing of it can be taken away. */
function rollsBack(threshold: Threshold): boolean {
  return threshold.action === "rollback" && !threshold.dryRun;
}

/** Every loosening from `previous` to `next`, in the order of the previous rules; none when nothing got milder. */
export function loosens(previous: Policy, next: Policy): Loosening[] {
  const protectedRules = previous.thresholds.filter(rollsBack);
  if (protectedRules.length === 0) return [];
  const after = new Map(next.thresholds.map((threshold) => [threshold.id, threshold]));
  const rules = protectedRules.flatMap((before) =>
    ruleLoosenings({ previous, next, before, after: after.get(before.id) }),
  );
  return [...rules, ...policyLoosenings(previous, next)];
}

interface RulePair {
  readonly previous: Policy;
  readonly next: Policy;
  readonly before: Threshold;
  readonly after: Threshold | undefined;
}

function ruleLoosenings({ previous, next, before, after }: RulePair): Loosening[] {
  const say = (kind: Loosening["kind"], words: string): Loosening => ({
    rule: before.id,
    kind,
    sentence: `${metricLabel(before.metric)}: ${words}.`,
  });
  if (after === undefined) {
    return [say("rule_removed", `nothing rolls back any more when it is ${boundWords(before.metric, before.bound)}`)];
  }
  const found: Loosening[] = [];
  if (after.action !== "rollback") {
    found.push(say("action", `only ${ACTION_WORDS[after.action].toLowerCase()}, no longer rolls back`));
  } else if (after.dryRun) {
    found.push(say("dry_run", "is switched to a dry run and decides nothing"));
  }
  if (isMilder(before.bound, after.bound)) {
    const [now, was] = [after, before].map(({ metric, bound }) => boundWords(metric, bound));
    found.push(say("limit", `rolls back when ${now}, no longer when ${was}`));
  }
  if (before.attribution === "none" && after.attribution === "control") {
    found.push(say("attribution", "now also has to be worse than the control"));
  }
  const dropped = before.segments.filter((key) => !after.segments.includes(key));
  if (dropped.length > 0) found.push(say("segments", `is no longer judged within one ${dropped.join(" or ")}`));
  return [...found, ...modeLoosenings({ previous, next, before, after }, say)];
}

/** What matters in one mode of evidence only. Where the mode itself changes, that is said instead. */
function modeLoosenings(
  { previous, next, before, after }: RulePair & { after: Threshold },
  say: (kind: Loosening["kind"], words: string) => Loosening,
): Loosening[] {
  if (previous.evidence !== next.evidence) return [];
  if (next.evidence === "confident") {
    const [was, now] = alphas({ previous, next, before, after });
    if (now >= was) return [];
    return [say("alpha", `its false-alarm budget falls from ${share(was)} to ${share(now)}, so it acts later`)];
  }
  const found: Loosening[] = [];
  if (after.consecutive > before.consecutive || after.windowMs > before.windowMs) {
    found.push(say("sustained", `has to last ${runWords(after)}, not ${runWords(before)}`));
  }
  if (after.minRequests > before.minRequests) {
    found.push(say("sample", `is judged from ${after.minRequests} requests on, not ${before.minRequests}`));
  }
  return found;
}

/**
 * The budgets to compare. Where neither rule has one of its own, the policy's: that it is shared with an added rule is
 * the price of more protection, not a loosening.
 */
function alphas({ previous, next, before, after }: RulePair & { after: Threshold }): [number, number] {
  if (before.alpha === undefined && after.alpha === undefined) return [previous.alpha, next.alpha];
  return [
    ruleAlpha(previous, { threshold: before }),
    ruleAlpha(next, { threshold: { ...after, action: before.action } }),
  ];
}

function policyLoosenings(previous: Policy, next: Policy): Loosening[] {
  const found: Loosening[] = [];
  const say = (kind: Loosening["kind"], sentence: string): number => found.push({ rule: null, kind, sentence });
  if (previous.evidence !== next.evidence) {
    const sentence =
      next.evidence === "window"
        ? "A breach is a run of window values instead of evidence: rules act only when their windows are over."
        : "A breach needs evidence, and a candidate that is worse than the control: a run of window values no longer suffices.";
    say("evidence", sentence);
  }
  if (next.evidence === "confident" && next.warmupMs > previous.warmupMs) {
    const [was, now] = [previous.warmupMs, next.warmupMs].map(formatDuration);
    say("warmup", `The first ${now} of serving are not judged, instead of ${was}.`);
  }
  if (next.settleMs > previous.settleMs) {
    const [was, now] = [previous.settleMs, next.settleMs].map(formatDuration);
    say("settle", `Data is decided on after ${now}, instead of ${was}.`);
  }
  return found;
}

/** Both bounds are of one kind: the kind is part of the rule's id. */
function isMilder(before: Bound, after: Bound): boolean {
  const [was, now] = [before, after].map((bound) => ("limit" in bound ? bound.limit : bound.fraction));
  if (was === undefined || now === undefined) return false;
  return before.kind === "min" ? now < was : now > was;
}

function runWords({ consecutive, windowMs }: Threshold): string {
  const length = formatDuration(windowMs);
  return consecutive === 1 ? `one window of ${length}` : `${consecutive} windows of ${length} in a row`;
}

function share(alpha: number): string {
  return `${Number(percentageOf(alpha).toPrecision(3))} %`;
}
