/** Made-up answers for requests and traces, for the gallery and tests. Never shown by a product page. */
import type { RequestItem, RequestTrace } from "@/components/data/outputs";
import {
  APPLICATION,
  MINUTE,
  ana,
  iso,
  sampleCandidate,
  sampleChanges,
  sampleControl,
  sampleRollout,
} from "./sample-base";
import { sampleMoves } from "./sample-overview";

const sampleRequest: RequestItem = {
  requestId: "req_7f3a9c1e2b",
  application: APPLICATION,
  releaseId: sampleCandidate.releaseId,
  releaseSource: "explicit",
  time: iso(14 * MINUTE),
  receivedAt: iso(14 * MINUTE - 900),
  track: "canary",
  shadowOf: null,
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  spanId: "00f067aa0ba902b7",
  responseId: null,
  subjectHash: "9c56cc51b374",
  region: "us-west",
  tenant: "acme",
  segments: { tenant_tier: "enterprise" },
  status: "ok",
  errorType: null,
  refused: false,
  toxic: false,
  policyViolation: false,
  taskCompleted: false,
  ttftMs: 934,
  ttftSide: "client",
  durationMs: 4120,
  inputTokens: 812,
  outputTokens: 241,
  reasoningTokens: null,
  costUsd: 0.001_62,
  scores: { groundedness: 0.61 },
  scoreDetails: [{ name: "groundedness", value: 0.61, judge: "judge-sla@3", time: iso(12 * MINUTE) }],
  features: [
    { view: "releases", name: "recent_failure_count", value: 7, timestamp: iso(30 * 60 * MINUTE) },
    { view: "releases", name: "average_queue_time_ms", value: 184_000, timestamp: iso(26 * 60 * MINUTE) },
  ],
  featureFingerprint: "9d41c2aa",
  measures: {},
  attributes: { "http.route": "/answers" },
  textStored: false,
  sources: { ttftMs: "gen_ai.server.time_to_first_token" },
  flags: ["feature values are 26 h older than the request"],
};

export const sampleRequests: RequestItem[] = Array.from({ length: 12 }, (_, index) => ({
  ...sampleRequest,
  requestId: `req_7f3a9c1e${(43 + index).toString(16)}`,
  time: iso((14 + index * 3) * MINUTE),
  track: index % 3 === 0 ? "canary" : "control",
  releaseId: index === 7 ? null : index % 3 === 0 ? sampleCandidate.releaseId : sampleControl.releaseId,
  region: index % 2 === 0 ? "us-west" : "eu-central",
  status: index === 5 ? "error" : "ok",
  errorType: index === 5 ? "timeout" : null,
  taskCompleted: index % 3 !== 0,
  ttftMs: 640 + index * 37,
}));

export const sampleTrace: RequestTrace = {
  request: sampleRequest,
  sentence:
    "Served by a0e277e (candidate, 10 % canary); it differs from the known good 698df6d in feature_view releases@4→5 and prompt deploy-answer@12→13.",
  release: {
    ref: sampleCandidate,
    digest: "a0e277e29c0b7a1d4f8e6c5b3a29180716f5e4d3c2b1a09f8e7d6c5b4a392817",
    components: {
      feature_view: "releases@5",
      generation: "default@3",
      judge: "judge-sla@3",
      model: "gpt-4o-2026-01",
      prompt: "deploy-answer@13",
      router: "regional@2",
    },
    fingerprints: { releases: "9d41c2aa" },
    pipelineUrl: "https://ci.example.com/runs/1841",
    labels: { team: "deploy" },
  },
  changedSinceKnownGood: { knownGood: sampleControl, changes: sampleChanges },
  suspects: [
    {
      change: { kind: "feature_view", from: "releases@4", to: "releases@5" },
      reasons: [
        "Offline and online fingerprints differ (51c0e7b2 against 9d41c2aa).",
        "Failures among its requests are 6.1 times as frequent in us-west as under the control.",
        "The first bad window begins at the step to 10 %.",
      ],
    },
    {
      change: { kind: "prompt", from: "deploy-answer@12", to: "deploy-answer@13" },
      reasons: ["Changed in this release; nothing else points to it."],
    },
  ],
  parity: [
    { view: "releases", offline: "51c0e7b2", online: "9d41c2aa", equal: false },
    { view: "tenants", offline: "0aa31f77", online: "0aa31f77", equal: true },
  ],
  aliasMove: sampleMoves[0] ?? null,
  rollout: sampleRollout,
  approvals: [{ by: ana, at: iso(64 * MINUTE), verdict: "approve", reason: "2 % looked fine, go to 10 %" }],
  gates: [
    { suite: "golden-v4", at: iso(2 * 86_400_000), name: "quality", value: 0.912, baseline: 0.9, passed: true },
    { suite: "golden-v4", at: iso(2 * 86_400_000), name: "tokens", value: 801, baseline: 790, passed: true },
    { suite: "golden-v4", at: iso(2 * 86_400_000), name: "p95_ms", value: 1104, baseline: 980, passed: false },
  ],
  counterpart: null,
  neighbours: {
    count: 4182,
    failing: 611,
    href: `/p/${APPLICATION}/requests?releaseId=${sampleCandidate.releaseId}&segment=region%3Dus-west`,
    items: sampleRequests.slice(0, 6),
  },
  incidentId: null,
};
