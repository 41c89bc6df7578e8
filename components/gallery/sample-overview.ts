/** Made-up answers for the Overview, for the gallery and tests. Never shown by a product page. */
import type { Overview } from "@/components/data/outputs";
import {
  APPLICATION,
  MINUTE,
  ana,
  controller,
  freshness,
  iso,
  sampleCandidate,
  sampleControl,
  sampleRollout,
  wave,
} from "./sample-base";
import { sampleRows } from "./sample-compare";

export const sampleMoves: Overview["moves"] = [
  {
    alias: "production",
    revision: 41,
    fromReleaseId: "1f5c2b8e90",
    toReleaseId: sampleControl.releaseId,
    at: iso(9 * 86_400_000),
    actor: ana,
    cause: "promotion",
    reason: "all steps passed",
    rolloutId: sampleRollout.id,
    incidentId: null,
  },
  {
    alias: "production",
    revision: 40,
    fromReleaseId: "77aa01c2de",
    toReleaseId: "1f5c2b8e90",
    at: iso(21 * 86_400_000),
    actor: controller,
    cause: "rollback",
    reason: "toxicity_rate above 0.4 % over 10m",
    rolloutId: null,
    incidentId: "inc_01JQ5X0000000000000000000A",
  },
];

export const sampleOverview: Overview = {
  application: { id: APPLICATION, displayName: "DeployBuddy" },
  freshness,
  sentence:
    "Candidate a0e277e breaches p95 time to first token in us-west; production serves 698df6d and is unaffected.",
  tone: "breach",
  aliases: [
    {
      alias: "production",
      release: sampleControl,
      revision: 41,
      since: iso(9 * 86_400_000),
      by: ana,
      cause: "promotion",
      observedShare: 0.902,
      observedCount: 3861,
      knownGoodReleaseId: "1f5c2b8e90",
      git: "in_sync",
    },
    {
      alias: "candidate",
      release: sampleCandidate,
      revision: 12,
      since: iso(122 * MINUTE),
      by: { kind: "person", id: "u_2", label: "Bo Lindqvist" },
      cause: "manual",
      observedShare: 0.098,
      observedCount: 420,
      knownGoodReleaseId: null,
      git: null,
    },
  ],
  needsAPerson: [
    {
      kind: "incident",
      sentence: "p95 time to first token breached by a0e277e in us-west",
      href: `/p/${APPLICATION}/incidents/inc_01JRNS0000000000000000000A`,
      at: iso(3 * MINUTE),
    },
    {
      kind: "parity",
      sentence: "Feature view releases@5: offline and online fingerprints differ",
      href: `/p/${APPLICATION}/releases/${sampleCandidate.releaseId}`,
      at: iso(100 * MINUTE),
    },
  ],
  rollouts: [
    {
      rollout: sampleRollout,
      observedShare: 0.098,
      gates: sampleRows.map(({ metric, label, verdict, undecided, detail }) => ({
        metric,
        label,
        verdict,
        undecided,
        detail,
        href: `/p/${APPLICATION}/compare?rollout=${sampleRollout.id}&metric=${metric}`,
      })),
    },
  ],
  sparklines: sampleRows.map((each, index) => ({
    metric: each.metric,
    label: each.label,
    unit: each.unit,
    higherIsWorse: each.higherIsWorse,
    limit: each.threshold?.line ?? null,
    latest: each.control,
    points: Array.from({ length: 144 }, (_, step) => ({
      at: iso((143 - step) * 10 * MINUTE),
      value: step > 60 && step < 66 ? null : (each.control.value ?? 0) * (1 + wave(step / 4, index) * 0.04),
      count: 400,
    })),
    href: `/p/${APPLICATION}/compare?metric=${each.metric}`,
  })),
  moves: sampleMoves,
  delivery: {
    days: 30,
    changes: 7,
    failed: 1,
    detect: { count: 1, medianMs: 48_000, longestMs: 48_000 },
    restore: { count: 2, medianMs: 70_000, longestMs: 96_000 },
  },
  unattributedShare: 0.012,
  empty: { registered: true, aliased: true, telemetry: true },
};
