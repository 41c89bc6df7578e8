/**
 * DeployBuddy's skew: a feature is computed with one setting offline and another online, and only us-west is hurt. It is
 * caught three times, each on its own: by fingerprint, by value, and by quality per region.
 */
import { expect, test } from "vitest";
import { checkGate } from "@/server/control/check-gate";
import { putFeatureView } from "@/server/control/put-feature-view";
import { recordFingerprint } from "@/server/control/record-fingerprint";
import { registerRelease } from "@/server/control/register-release";
import { submitFeatureSet } from "@/server/control/submit-feature-set";
import { submitEvaluation } from "@/server/control/submit-evaluation";
import { startRollout } from "@/server/control/start-rollout";
import { readFeatures } from "@/server/read/features";
import type { NewRequest } from "@/server/store/sqlite/new-request";
import { APP, MINUTE_MS, ON_PRODUCTION, token } from "@/test/integration/control/fixtures";
import { newStage, NOON, type Stage } from "./harness";

const ci = token(["ci"]);
const OFFLINE = { chunker: "sentence@3", embedding: "embed@2", normalize: "l2" };
const ONLINE = { ...OFFLINE, normalize: "none" };

const regionOf = (i: number): string => (i % 4 === 0 ? "us-west" : "eu");
/** Queue seconds of the i-th request; the online path does not normalise what comes from us-west. */
const queueSeconds = (i: number, path: "offline" | "online"): number =>
  ((i * 37) % 97) + 3 + (path === "online" && regionOf(i) === "us-west" ? 60 : 0);

const served = (i: number): Partial<NewRequest> => ({
  region: regionOf(i),
  features: [{ view: "releases", name: "queue_seconds", value: queueSeconds(i, "online"), timestampMs: NOON - 90_000 }],
});

/** The view is registered and evaluated with the offline setting, and served with the other one. */
function skewedView(stage: Stage): void {
  const { world } = stage;
  putFeatureView(world.as(ci), { application: APP, view: "releases", ttl: "1m", transformation: OFFLINE });
  recordFingerprint(world.as(ci), { application: APP, view: "releases", side: "offline", config: OFFLINE });
  submitFeatureSet(world.as(ci), {
    application: APP,
    view: "releases",
    rows: Array.from({ length: 400 }, (_, i) => ({
      entity: `service=${i}`,
      time: NOON - 3_600_000,
      segments: { region: regionOf(i) },
      features: { queue_seconds: queueSeconds(i, "offline") },
    })),
  });
}

test("by fingerprint, before any traffic: the gate refuses and the rollout waits for a person", () => {
  const stage = newStage();
  const { world } = stage;
  skewedView(stage);
  recordFingerprint(world.as(ci), { application: APP, view: "releases", side: "online", config: ONLINE });
  const components = { prompt: "support@2", model: "lora@1.9", feature_view: "releases@5" };
  const { releaseId } = registerRelease(world.as(ci), { application: APP, components });
  submitEvaluation(world.as(ci), { releaseId, suite: "golden", results: { quality: 0.9 } });
  const gate = checkGate(world.as(ci), { application: APP, candidate: releaseId, limits: { quality: { min: 0.8 } } });
  expect(gate.verdict).toBe("refuse");
  expect(gate.checks.filter(({ passed }) => !passed)).toMatchObject([
    { tier: "free", name: "parity/releases", message: expect.stringContaining("offline ce667443, online 660645c4") },
  ]);
  stage.put({ gates: { quality: { min: 0.8 } }, steps: [{ shadow: "20%" }] });
  const started = startRollout(world.as(ci, NOON), { ...ON_PRODUCTION, candidate: releaseId, policy: "test" });
  expect(started).toMatchObject({
    state: "paused",
    reason: expect.stringContaining("offline ce667443, online 660645c4"),
  });
});

test("by value, in shadow: the feature has drifted from its evaluation set, in us-west alone", () => {
  const stage = newStage();
  skewedView(stage);
  const during = { fromMs: NOON, toMs: NOON + 5 * MINUTE_MS };
  const sound = (i: number): Partial<NewRequest> => ({
    region: regionOf(i),
    features: [
      { view: "releases", name: "queue_seconds", value: queueSeconds(i, "offline"), timestampMs: NOON - 5_000 },
    ],
  });
  stage.send(
    { ...during, releaseId: stage.control, track: "control", count: 600, facts: sound },
    { ...during, releaseId: stage.candidate, track: "shadow", count: 600, facts: served },
  );
  const view = readFeatures(
    { control: stage.world.db, telemetry: stage.deps.telemetry, nowMs: during.toMs },
    { application: APP },
  );
  expect(view.requests).toEqual({ control: 600, candidate: 600, sampled: false });
  const [releases] = view.items;
  const drift = (segment: string | null) => releases?.drift.find((row) => row.segment === segment);
  expect(releases?.drift[0]).toMatchObject({ feature: "queue_seconds", segment: "region=us-west" });
  expect(drift("region=us-west")).toMatchObject({
    control: { verdict: "stable", referenceCount: 100, count: 150 },
    candidate: { verdict: "drift", referenceCount: 100, count: 150 },
    candidateVsControl: { verdict: "drift", referenceCount: 150, count: 150 },
  });
  expect(drift("region=eu")).toMatchObject({
    candidate: { verdict: "stable", count: 450 },
    candidateVsControl: { verdict: "stable" },
  });
  // The candidate's values are 90 s to 6.5 min old, the control's 5 s to 5 min: the view allows a minute.
  expect(releases?.staleness).toMatchObject({ count: 1_200, futureCount: 0, oldestAgeMs: expect.any(Number) });
  expect(releases?.staleness?.staleCount).toBeGreaterThan(600);
});

test("by quality per region, in canary: us-west is not averaged away", () => {
  const stage = newStage();
  skewedView(stage);
  stage.put({
    evidence: "window",
    settle: "5s",
    segments: ["region"],
    thresholds: {
      sla_accuracy_score: { min: 0.85, window: "2m", min_requests: 30, action: "pause_for_review" },
    },
    steps: [{ canary: "10%", min_duration: "1h" }],
  });
  const id = stage.start(NOON);
  const during = { fromMs: NOON, toMs: NOON + 3 * MINUTE_MS };
  const scored = (accuracy: (i: number) => number) => (i: number) => ({
    ...served(i),
    scores: [{ name: "sla_accuracy", value: accuracy(i), judge: "sla@1", timeMs: NOON }],
  });
  stage.send(
    { ...during, releaseId: stage.control, track: "control", count: 900, facts: scored(() => 0.93) },
    {
      ...during,
      releaseId: stage.candidate,
      track: "canary",
      count: 900,
      facts: scored((i) => (regionOf(i) === "us-west" ? 0.7 : 0.95)),
    },
  );
  stage.run(during);
  expect(stage.rollout(id).state).toBe("paused");
  const { findings, violations } = stage.evaluation(id);
  const verdict = (segment?: string) => findings.find((finding) => finding.segment === segment)?.verdict;
  expect(verdict()).toBe("pass");
  expect(verdict("region=eu") ?? "pass").toBe("pass");
  expect(violations).toMatchObject([{ metric: "sla_accuracy_score", segment: "region=us-west" }]);
});
