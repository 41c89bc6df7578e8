/** Refuses buckets that cannot be evidence. All of these are defects of the caller: a bucket is built, not received. */
import type { ArmBucket, EvidenceBucket, PairBucket } from "./bucket";
import type { RuleConfig } from "./rule-config";
import { DIFFERENCE_EDGES } from "./tent-histogram";

/** @throws RangeError naming the rule, the bucket and what is wrong with it. */
export function checkBucket(bucket: EvidenceBucket, config: RuleConfig, lastEndMs: number | null): void {
  const { startMs, endMs, candidate, control, pairs } = bucket;
  const problem =
    orderProblem({ startMs, endMs, lastEndMs }) ??
    armProblem("candidate", candidate, config) ??
    armProblem("control", control, config) ??
    pairProblem(pairs, config);
  if (problem !== undefined) throw new RangeError(`rule ${config.ruleId}, bucket ${startMs}–${endMs}: ${problem}`);
}

function orderProblem(times: { startMs: number; endMs: number; lastEndMs: number | null }): string | undefined {
  const { startMs, endMs, lastEndMs } = times;
  if (!(endMs > startMs)) return "endMs must be after startMs";
  if (lastEndMs === null || startMs >= lastEndMs) return undefined;
  return `overlaps the last bucket, which ended at ${lastEndMs}; take buckets in order`;
}

function armProblem(arm: "candidate" | "control", bucket: ArmBucket, { counted }: RuleConfig): string | undefined {
  const { n, events, tent, bins } = bucket;
  if (!isCount(n) || !isCount(events) || events > n) return `${arm} needs 0 ≤ events ≤ n, got events=${events}, n=${n}`;
  if (n === 0) return undefined;
  const { tentEdges, sketch } = counted;
  if (tentEdges !== undefined && tent?.length !== tentEdges.length)
    return `${arm}.tent needs ${tentEdges.length} masses`;
  return sketch && bins === undefined ? `${arm}.bins is missing` : undefined;
}

function pairProblem(pairs: PairBucket | undefined, { counted }: RuleConfig): string | undefined {
  if (counted.pair === undefined || pairs === undefined || pairs.n === 0) return undefined;
  const { n, candidateOnly, controlOnly, tent } = pairs;
  if (!isCount(candidateOnly) || !isCount(controlOnly) || candidateOnly + controlOnly > n) {
    return `pairs need 0 ≤ candidateOnly + controlOnly ≤ n, got ${candidateOnly} + ${controlOnly} of ${n}`;
  }
  const needsTent = counted.source.kind === "score";
  return needsTent && tent?.length !== DIFFERENCE_EDGES.length
    ? `pairs.tent needs ${DIFFERENCE_EDGES.length} masses`
    : undefined;
}

function isCount(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}
