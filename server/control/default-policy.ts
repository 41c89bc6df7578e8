/**
 * The policy of a rollout that names none, stored as `default` version 1 when first used. It asks only for what every
 * gateway sends, so that no step waits for a metric that never comes: a team adds its own limits.
 */

export const DEFAULT_POLICY_NAME = "default";

/** Errors above 5 % roll back; a tenth of the subjects until at least 30 requests are in, then promotion. */
export const DEFAULT_POLICY: Record<string, unknown> = {
  name: DEFAULT_POLICY_NAME,
  thresholds: {
    error_rate: { max: 0.05, window: "5m", consecutive: 3, min_requests: 30, action: "rollback" },
  },
  steps: [{ canary: "10%", min_requests: 30 }],
};
