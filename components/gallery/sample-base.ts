/** Made-up answers for people, releases and times, for the gallery and tests. Never shown by a product page. */
import type { Compare, Me, ReleaseRef, RolloutSummary } from "@/components/data/outputs";

/** The sample's "now": a Sunday night in April, with the breach just decided. */
export const SAMPLE_NOW = Date.parse("2026-04-12T04:02:10.000Z");
export const MINUTE = 60_000;
export const iso = (agoMs: number): string => new Date(SAMPLE_NOW - agoMs).toISOString();

/** A small deterministic generator, so that pictures of the gallery can be compared. */
export function wave(index: number, phase: number): number {
  return Math.sin(index * 0.9 + phase) * 0.6 + Math.sin(index * 2.3 + phase * 3) * 0.4;
}

export const APPLICATION = "deploy-assistant";
export const ana = { kind: "person", id: "u_1", label: "Ana Petrović" } as const;
export const controller = { kind: "controller", id: "controller", label: "controller" } as const;

export function release(releaseId: string, author: string, label: string, agoMs: number): ReleaseRef {
  return {
    releaseId,
    application: APPLICATION,
    registered: true,
    registeredAt: iso(agoMs),
    gitCommit: "9f3c2a71d0",
    author,
    label,
  };
}

export const sampleControl = release("698df6d1a4", "Ana Petrović", "2026-04-02 shorter system prompt", 10 * 86_400_000);
export const sampleCandidate = release("a0e277e29c", "Bo Lindqvist", "2026-04-10 add failure counts", 2 * 86_400_000);

export const sampleMe: Me = { kind: "person", id: "u_1", name: "Ana Petrović", role: "release_manager", scopes: [] };

export const sampleChanges: Compare["changes"] = [
  { kind: "feature_view", from: "releases@4", to: "releases@5" },
  { kind: "prompt", from: "deploy-answer@12", to: "deploy-answer@13" },
];

export const sampleRollout: RolloutSummary = {
  id: "rol_01JRNQ3V9GZ4M6T2W8X5Y7B1CD",
  application: APPLICATION,
  alias: "production",
  candidate: sampleCandidate,
  control: sampleControl,
  state: "canary",
  step: { index: 2, count: 6, kind: "canary", percentage: 10, startedAt: iso(62 * MINUTE) },
  decision: "rollback",
  sentence: "Candidate a0e277e breaches p95 time to first token (910 ms over 850 ms for 3 of 3 windows).",
  policy: { name: "default", version: 7 },
  startedAt: iso(122 * MINUTE),
  startedBy: { kind: "person", id: "u_2", label: "Bo Lindqvist" },
  endedAt: null,
  pauseReason: null,
  incidentId: null,
};

export const freshness = { state: "fresh", dataTo: iso(8_000), asOf: iso(0) } as const;
