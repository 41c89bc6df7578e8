/** What one simulated answer looks like, given the release and region that served it. Pure but for the random source. */
import type { Random } from "./random";
import { BROKEN_REGION, OFFLINE_FINGERPRINT, ONLINE_FINGERPRINT, REGIONS, TIERS } from "./story";

/** Facts of the world that an answer depends on. */
export interface Situation {
  requestId: string;
  releaseId: string;
  track: "control" | "canary" | "shadow";
  subject: string;
  timeMs: number;
  /** Serves `releases@5`, the changed feature view. */
  changedFeatures: boolean;
  /** The changed features have reached the broken region's online path. */
  skewed: boolean;
}

/** The record a gateway posts to `/api/v1/requests`. */
export type DemoRequest = Record<string, unknown>;

/** One request, drawn from the distributions of the story. */
export function simulateRequest(random: Random, situation: Situation): DemoRequest {
  const region = regionOf(situation.subject);
  const harmed = situation.changedFeatures && situation.skewed && region === BROKEN_REGION;
  const quicker = situation.changedFeatures ? 0.97 : 1;
  const failed = random.chance(0.004);
  const ttftMs = Math.round(quicker * 420 * Math.exp(0.34 * random.normal()));
  const outputTokens = Math.max(12, Math.round((situation.changedFeatures ? 212 : 220) + 60 * random.normal()));
  const inputTokens = Math.max(200, Math.round(598 + 90 * random.normal()));
  const judged = random.chance(0.35);
  const groundedness = clamp(0.885 + 0.04 * random.normal() - (harmed ? 0.13 : 0));
  return {
    requestId: situation.requestId,
    application: "deploy-assistant",
    releaseId: situation.releaseId,
    track: situation.track,
    time: new Date(situation.timeMs).toISOString(),
    subject: situation.subject,
    region,
    segments: { tenant_tier: tierOf(situation.subject) },
    status: failed ? "error" : "ok",
    ...(failed ? { errorType: "upstream_timeout" } : {}),
    refused: random.chance(0.006),
    toxic: random.chance(0.0004),
    policyViolation: false,
    taskCompleted: !failed && random.chance(harmed ? 0.42 : 0.955),
    ttftMs,
    durationMs: ttftMs + Math.round(outputTokens * (16 + 2 * random.normal())),
    inputTokens,
    outputTokens,
    costUsd: Math.round(inputTokens * 2.5 + outputTokens * 10) / 1_000_000,
    ...(judged ? { scores: { groundedness: Math.round(groundedness * 100) / 100 } } : {}),
    features: features(random, situation, harmed),
    featureFingerprint: situation.changedFeatures ? ONLINE_FINGERPRINT : OFFLINE_FINGERPRINT,
  };
}

function features(random: Random, situation: Situation, harmed: boolean): DemoRequest[] {
  const at = (ageMs: number): string => new Date(situation.timeMs - ageMs).toISOString();
  const deployAge = {
    view: "releases",
    name: "hours_since_deploy",
    value: Math.round(40 * random.uniform()),
    timestamp: at(90_000),
  };
  if (!situation.changedFeatures) return [deployAge];
  const failures = Math.round(3 * random.uniform());
  return [
    deployAge,
    // Without l2 normalisation the counts arrive about a hundred times too large.
    {
      view: "releases",
      name: "recent_failure_count",
      value: harmed ? failures * 97 : failures,
      timestamp: at(240_000),
    },
    {
      view: "releases",
      name: "average_queue_minutes",
      value: harmed ? 1_440 : 14 + Math.round(4 * random.normal()),
      timestamp: at(240_000),
    },
  ];
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** A subject lives in one region and one tier: both follow from its number. */
function regionOf(subject: string): string {
  return byShare(REGIONS, numberOf(subject) % 100);
}

function tierOf(subject: string): string {
  return byShare(TIERS, Math.floor(numberOf(subject) / 100) % 100);
}

function numberOf(subject: string): number {
  // A multiplicative hash spreads neighbouring tenants over regions.
  return Math.imul(Number(subject.replaceAll(/\D/g, "")), 2_654_435_761) >>> 8;
}

function byShare<T>(shares: readonly (readonly [T, number])[], at: number): T {
  let upTo = 0;
  for (const [value, share] of shares) {
    upTo += share;
    if (at < upTo) return value;
  }
  throw new RangeError(`shares sum to less than ${at}`);
}
