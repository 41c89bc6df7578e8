/**
 * The DeployBuddy story as data: an assistant, its releases, the feature view whose online transformation differs from
 * the offline one, and the policy that watches. Nothing here talks to the server.
 */

export const APPLICATION = "deploy-assistant";
export const ALIAS = "production";
export const SEGMENTS = ["region", "tenant_tier"] as const;

/** A release as CI would register it. */
export interface StoryRelease {
  components: Record<string, string>;
  gitCommit: string;
  author: string;
  label: string;
  fingerprints: Record<string, string>;
}

const SHARED = {
  model: "deploybuddy-70b@2026.2",
  adapter: "lora-deploy@1.9",
  router: "region-router@3.1",
  judge: "groundedness-judge@1.4",
  guardrail: "safe-output@2.0",
  retrieval_index: "runbooks@118",
  tool_schema: "deploy-tools@6",
  generation: "balanced@2",
} as const;

/** Transformation configurations of the feature views; only `normalize` differs, and nothing else would show it. */
export const OFFLINE_TRANSFORMATION = { chunker: "sentence@3", embedding: "embed@2", normalize: "l2" } as const;
export const ONLINE_TRANSFORMATION = { chunker: "sentence@3", embedding: "embed@2", normalize: "none" } as const;
export const OFFLINE_FINGERPRINT = "ce667443";
export const ONLINE_FINGERPRINT = "660645c4";

/** The feature view that the change is about. */
export const CHANGED_VIEW = "releases@5";

/** Before the last change: an older prompt. */
export const FIRST: StoryRelease = {
  components: { ...SHARED, prompt: "deploy-answer@2.7", feature_view: "releases@4" },
  gitCommit: "51d0b7e",
  author: "mira",
  label: "initial rollout on the 70B model",
  fingerprints: { "releases@4": OFFLINE_FINGERPRINT },
};

/** What production serves when the story begins. */
export const GOOD: StoryRelease = {
  components: { ...SHARED, prompt: "deploy-answer@2.8", feature_view: "releases@4" },
  gitCommit: "8b7e401",
  author: "jonas",
  label: "clearer rollback instructions",
  fingerprints: { "releases@4": OFFLINE_FINGERPRINT },
};

/** The change: two features more in the view, the same weights, prompt and adapter. */
export const CANDIDATE: StoryRelease = {
  components: { ...SHARED, prompt: "deploy-answer@2.8", feature_view: "releases@5" },
  gitCommit: "9f3c2a1",
  author: "priya",
  label: "add recent failure count and queue time",
  fingerprints: { [CHANGED_VIEW]: OFFLINE_FINGERPRINT },
};

/** Golden-set results as CI submits them: the candidate passes, because the golden set was built offline. */
export const GOLDEN_SET = {
  first: { quality: 0.83, tokens: 812, p95_ms: 4_950 },
  good: { quality: 0.86, tokens: 818, p95_ms: 4_900 },
  candidate: { quality: 0.88, tokens: 804, p95_ms: 4_760 },
} as const;

export const POLICY_NAME = "deploybuddy";

/** The policy of the story: evidence that stays valid under continuous looking, thresholds per region. */
export const POLICY = {
  name: POLICY_NAME,
  settle: "15s",
  evidence: "confident",
  alpha: 0.01,
  thresholds: {
    task_completion_rate: { min: 0.91, window: "1m", min_requests: 20, action: "rollback" },
    error_rate: { max: 0.02, window: "1m", min_requests: 50, action: "rollback" },
    p95_ttft_ms: { max: 850, window: "1m", min_requests: 50, action: "rollback" },
    toxicity_rate: { max: 0.004, window: "5m", min_requests: 50, action: "rollback" },
    groundedness_score: { min: 0.82, window: "5m", min_requests: 20, action: "pause_for_review" },
    mean_cost_usd: { max_increase: 0.15, vs: "control", window: "5m", min_requests: 50, action: "pause_for_review" },
  },
  segments: ["region"],
  gates: { quality: { improve: true }, tokens: { max_increase: 0.15 }, p95_ms: { max: 5_000 } },
  steps: [
    { canary: "20%", min_duration: "30m", min_requests: 2_000 },
    { approval: { required: 1 } },
    { canary: "50%", min_duration: "2h" },
    { soak: "48h", holdback: "1%" },
  ],
} as const;

/** Regions by share of traffic. */
export const REGIONS = [
  ["us-east", 30],
  ["eu-west", 25],
  ["us-west", 20],
  ["ap-south", 15],
  ["sa-east", 10],
] as const;

/** Tenant tiers by share of traffic. */
export const TIERS = [
  ["team", 50],
  ["free", 30],
  ["enterprise", 20],
] as const;

/** The region where the changed features are served from the path with the other normalisation. */
export const BROKEN_REGION = "us-west";
