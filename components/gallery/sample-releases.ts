/** Made-up answers for releases, for the gallery and tests. Never shown by a product page. */
import type { ReleaseListItem, ReleaseManifest } from "@/components/data/outputs";
import { APPLICATION, iso, release, sampleCandidate, sampleChanges, sampleControl, sampleRollout } from "./sample-base";
import { sampleTrace } from "./sample-requests";

export const sampleReleases: ReleaseListItem[] = [
  {
    release: sampleCandidate,
    changes: sampleChanges,
    aliases: ["candidate"],
    registrations: 1,
    state: "in_flight",
    requests24h: 4182,
  },
  {
    release: sampleControl,
    changes: [{ kind: "prompt", from: "deploy-answer@11", to: "deploy-answer@12" }],
    aliases: ["production"],
    registrations: 3,
    state: "serving",
    requests24h: 38_560,
  },
  {
    release: release("77aa01c2de", "Bo Lindqvist", "2026-03-20 looser guardrail", 23 * 86_400_000),
    changes: [
      { kind: "guardrail", from: "safety@9", to: "safety@10" },
      { kind: "tool_schema/search", from: null, to: "search@1" },
    ],
    aliases: [],
    registrations: 1,
    state: "rolled_back",
    requests24h: 0,
  },
];

export const sampleManifest: ReleaseManifest = {
  releaseId: sampleCandidate.releaseId,
  digest: sampleTrace.release?.digest ?? "",
  application: APPLICATION,
  components: sampleTrace.release?.components ?? {},
  digests: { prompt: "sha256:5f1d2c…" },
  createdAt: iso(2 * 86_400_000),
  provenance: [
    {
      registeredAt: iso(2 * 86_400_000),
      registeredBy: "ci-main",
      gitCommit: "9f3c2a71d0e4",
      author: "Bo Lindqvist",
      pipelineUrl: "https://ci.example.com/runs/1841",
      labels: { team: "deploy" },
    },
  ],
  fingerprints: { releases: "51c0e7b2" },
  aliases: ["candidate"],
  state: "in_flight",
  sentence: "a0e277e is on its way to production; it differs from the last known good 698df6d in two components.",
  gateChecks: [
    {
      suite: "golden-v4",
      at: iso(2 * 86_400_000),
      name: "quality",
      value: 0.912,
      baseline: 0.905,
      passed: true,
    },
  ],
  gates: [{ suite: "golden-v4", at: iso(2 * 86_400_000), results: { quality: 0.912, tokens: 801, p95_ms: 1104 } }],
  rollouts: [sampleRollout],
  bad: null,
  changesFromKnownGood: { knownGood: sampleControl, changes: sampleChanges },
};
