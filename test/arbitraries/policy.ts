/** Policies at random: every field of a threshold, in few enough values that two of them are often comparable. */
import fc from "fast-check";
import { PolicyName } from "@/server/domain/ids";
import { parsePolicy, type Policy } from "@/server/domain/policy/policy";

const BOUNDS = {
  error_rate: fc.record({ max: fc.integer({ min: 1, max: 40 }).map((n) => n / 100) }),
  task_completion_rate: fc.record({ min: fc.integer({ min: 50, max: 99 }).map((n) => n / 100) }),
  p95_ttft_ms: fc.record({ max: fc.integer({ min: 100, max: 5_000 }) }),
  mean_cost_usd: fc.record({ max_increase: fc.integer({ min: 0, max: 100 }).map((n) => n / 100) }),
} as const;

const Settings = fc.record(
  {
    window: fc.constantFrom("1m", "5m", "30m"),
    consecutive: fc.integer({ min: 1, max: 5 }),
    min_requests: fc.integer({ min: 0, max: 200 }),
    action: fc.constantFrom("rollback", "rollback", "pause_for_review", "notify"),
    dry_run: fc.boolean(),
    alpha: fc.constantFrom(0.001, 0.005, 0.02),
    segments: fc.subarray(["region", "tenant"]),
  },
  { requiredKeys: ["action"] },
);

const thresholds = fc.record(
  Object.fromEntries(
    Object.entries(BOUNDS).map(([name, bound]) => [
      name,
      fc.tuple(bound, Settings).map(([limit, settings]) => ({ ...settings, ...limit })),
    ]),
  ),
  { requiredKeys: ["error_rate"] },
);

/** A readable document with at least one threshold. */
const policyDocument: fc.Arbitrary<Record<string, unknown>> = fc.record({
  evidence: fc.constantFrom("confident", "window"),
  alpha: fc.constantFrom(0.001, 0.01, 0.05),
  settle: fc.constantFrom("10s", "30s", "2m"),
  warmup: fc.constantFrom("0s", "2m"),
  thresholds,
});

export const policy: fc.Arbitrary<Policy> = policyDocument.map((document) =>
  parsePolicy(document, PolicyName.parse("any")),
);
