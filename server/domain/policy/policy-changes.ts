/** What differs between two versions of a policy, in the sentences of its read-back: for the diff and for an approver. */
import { z } from "zod";
import { describePolicy, describeThreshold } from "./describe-policy";
import type { Policy, Threshold } from "./policy";

export const PolicyChange = z.object({
  /** The rule's id, `p95_ttft_ms:max`; null for a sentence about the policy itself: a step, a gate, the evidence. */
  rule: z.string().nullable(),
  /** What it said; null for what is new. */
  before: z.string().nullable(),
  /** What it says now; null for what is gone. */
  after: z.string().nullable(),
});
export type PolicyChange = z.infer<typeof PolicyChange>;

/** Rules first, in the order of `next` and then those that are gone; sentences about the policy itself last. */
export function policyChanges(previous: Policy, next: Policy): PolicyChange[] {
  const before = ruleSentences(previous);
  const after = ruleSentences(next);
  const rules = [...new Set([...after.keys(), ...before.keys()])]
    .map((rule) => ({ rule, before: before.get(rule) ?? null, after: after.get(rule) ?? null }))
    .filter((change) => change.before !== change.after || isRewritten(previous, next, change.rule));
  const was = otherSentences(previous);
  const now = otherSentences(next);
  return [
    ...rules,
    ...was.filter((line) => !now.includes(line)).map((line) => ({ rule: null, before: line, after: null })),
    ...now.filter((line) => !was.includes(line)).map((line) => ({ rule: null, before: null, after: line })),
  ];
}

/** Settings that the sentence leaves out, a budget of its own for one, make another rule too. */
function isRewritten(previous: Policy, next: Policy, rule: string): boolean {
  const [was, now] = [previous, next].map((policy) => policy.thresholds.find(({ id }) => id === rule));
  return was?.alpha !== now?.alpha;
}

function ruleSentences(policy: Policy): Map<string, string> {
  const sentence = (threshold: Threshold): string => describeThreshold(threshold, policy.evidence);
  return new Map(policy.thresholds.map((threshold) => [threshold.id, sentence(threshold)]));
}

function otherSentences(policy: Policy): string[] {
  return describePolicy({ ...policy, thresholds: [] });
}
