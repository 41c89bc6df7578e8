/** Made-up answers for the rollback panel, for the gallery and tests. Never shown by a product page. */
import type { RollbackPreview, RollbackProgress } from "@/components/data/outputs";
import { APPLICATION, iso, release, sampleCandidate, sampleChanges, sampleControl, sampleRollout } from "./sample-base";

export const samplePreview: RollbackPreview = {
  application: APPLICATION,
  alias: "production",
  revision: 42,
  partial: [],
  from: sampleCandidate,
  target: {
    release: sampleControl,
    why: "It held production for 9 d 4 h without a breach and is the newest promoted release before this one.",
    lastServedAt: iso(4_000),
    readiness: [
      { name: "Registered", ok: true, detail: "the whole manifest is stored" },
      { name: "Serving now", ok: true, detail: "90 % of requests of the last 5 min: gateways have it warm" },
      { name: "Feature views", ok: true, detail: "releases@4 is still materialised" },
    ],
    changes: sampleChanges.map(({ kind, from, to }) => ({ kind, from: to, to: from })),
  },
  targetMissingReason: null,
  alternatives: [
    {
      release: release("1f5c2b8e90", "Ana Petrović", "2026-03-01 baseline", 40 * 86_400_000),
      eligible: true,
      reason: "promoted on 2026-03-01",
      lastServedAt: iso(9 * 86_400_000),
    },
    {
      release: release("77aa01c2de", "Bo Lindqvist", "2026-03-20 looser guardrail", 23 * 86_400_000),
      eligible: false,
      reason: "rolled back on 2026-03-21: toxicity_rate",
      lastServedAt: null,
    },
  ],
  willNotUndo: [
    "Answers already given, and tickets or messages that tools have sent.",
    "Answers in gateway caches until they expire.",
    "Values that feature view releases@5 has already written.",
  ],
  blastRadius: {
    requestsPerMinute: 84,
    share: 0.098,
    subjects: 311,
    regions: [
      { region: "us-west", count: 2110 },
      { region: "eu-central", count: 1404 },
    ],
    rolloutsThatEnd: [{ id: sampleRollout.id, candidate: sampleCandidate.releaseId, state: "canary", approvals: 1 }],
  },
  gateways: [
    {
      gateway: "gw-us-west-2",
      region: "us-west",
      releaseId: sampleCandidate.releaseId,
      revision: 41,
      behind: true,
      lastSeenAt: "2026-04-12T03:44:10.000Z",
    },
    {
      gateway: "gw-eu-1",
      region: "eu",
      releaseId: sampleCandidate.releaseId,
      revision: 42,
      behind: false,
      lastSeenAt: "2026-04-12T03:51:58.000Z",
    },
  ],
  suggestedReason: "p95 time to first token 910 ms over 850 ms in 3 of 3 windows on a0e277e (policy default v7)",
  superseded: null,
};

export const sampleProgress: RollbackProgress = {
  incidentId: "inc_01JRNS0000000000000000000A",
  fromReleaseId: sampleCandidate.releaseId,
  toReleaseId: sampleControl.releaseId,
  steps: [
    { name: "requested", state: "done", at: iso(41_000), detail: "by Ana Petrović" },
    { name: "alias_moved", state: "done", at: iso(40_700), detail: "revision 43, 0.3 s after the request" },
    { name: "gateways_confirmed", state: "done", at: iso(39_800), detail: "6 of 6 have read revision 43" },
    {
      name: "observed_traffic",
      state: "running",
      at: null,
      detail: "draining: 3.1 % of requests in the last 30 s still on a0e277e",
    },
    { name: "metrics_back", state: "waiting", at: null, detail: "needs 3 windows of the restored release" },
    { name: "git_reconciled", state: "not_applicable", at: null, detail: "no repository is connected" },
  ],
};
