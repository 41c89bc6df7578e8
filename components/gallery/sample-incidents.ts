/** Made-up answers for incidents and the audit log, for the gallery and tests. Never shown by a product page. */
import type { AuditEntry, IncidentDetail, IncidentSummary } from "@/components/data/outputs";
import {
  APPLICATION,
  MINUTE,
  ana,
  controller,
  iso,
  sampleCandidate,
  sampleControl,
  sampleRollout,
  sampleChanges,
} from "./sample-base";
import { sampleProgress } from "./sample-rollback";

export const sampleIncidents: IncidentSummary[] = [
  {
    id: "inc_01JRNS0000000000000000000A",
    application: APPLICATION,
    title: "p95 time to first token breached by a0e277e in us-west",
    status: "open",
    severity: "critical",
    cause: "decision",
    alias: "production",
    release: sampleCandidate,
    rolloutId: sampleRollout.id,
    startedAt: iso(17 * MINUTE),
    detectedAt: iso(3 * MINUTE),
    mitigatedAt: null,
    resolvedAt: null,
    openedBy: controller,
    sentence:
      "a0e277e breached p95 time to first token in us-west; production was rolled back to 698df6d automatically.",
  },
  {
    id: "inc_01JQ5X0000000000000000000A",
    application: APPLICATION,
    title: "Toxicity above 0.4 % after guardrail safety@10",
    status: "resolved",
    severity: "major",
    cause: "person",
    alias: "production",
    release: null,
    rolloutId: null,
    startedAt: iso(22 * 86_400_000),
    detectedAt: iso(21.9 * 86_400_000),
    mitigatedAt: iso(21.8 * 86_400_000),
    resolvedAt: iso(20 * 86_400_000),
    openedBy: ana,
    sentence: "Toxicity rose after guardrail safety@10; production was rolled back by Ana Petrović; resolved.",
  },
];

export const sampleIncident: IncidentDetail = {
  ...(sampleIncidents[0] as IncidentSummary),
  decidedAt: iso(3 * MINUTE),
  drainedAt: null,
  sentence:
    "a0e277e breached p95 time to first token in us-west; production was rolled back to 698df6d automatically at 03:59:10 UTC and traffic is draining.",
  impact: {
    from: iso(62 * MINUTE),
    to: iso(MINUTE),
    requests: 4182,
    errors: 31,
    subjects: 311,
    regions: [
      { region: "us-west", count: 2110 },
      { region: "eu-central", count: 1404 },
    ],
  },
  changes: sampleChanges,
  progress: sampleProgress,
  timeline: [
    {
      at: iso(62 * MINUTE),
      kind: "approval",
      actor: ana,
      text: "Approved the step to 10 %: 2 % looked fine",
      href: null,
      auditSeq: 1203,
    },
    {
      at: iso(5 * MINUTE),
      kind: "decision",
      actor: controller,
      text: "p95_ttft_ms 910 ms above 850 ms, 3 of 3 windows; decision rollback under policy default v7",
      href: null,
      auditSeq: 1207,
    },
    {
      at: iso(3 * MINUTE),
      kind: "alias_move",
      actor: controller,
      text: "production moved from a0e277e to 698df6d",
      href: null,
      auditSeq: 1208,
    },
    {
      at: iso(3 * MINUTE - 100),
      kind: "opened",
      actor: controller,
      text: "Incident opened",
      href: null,
      auditSeq: 1208,
    },
    {
      at: iso(MINUTE),
      kind: "note",
      actor: ana,
      text: "Queue-time feature looks a day old in us-west. Asking the feature team.",
      href: null,
      auditSeq: 1209,
    },
  ],
};

export const sampleAudit: AuditEntry[] = Array.from({ length: 8 }, (_, index) => ({
  seq: 1209 - index,
  at: iso((index + 1) * 7 * MINUTE),
  actor:
    index % 2 === 0
      ? { kind: "person", id: "u_1", name: "Ana Petrović", role: "release_manager" }
      : { kind: "controller", id: "controller", name: "controller" },
  action: index === 1 ? "alias.moved" : "evaluation.recorded",
  target: index === 1 ? "alias/deploy-assistant/production" : `rollout/${sampleRollout.id}`,
  ...(index === 1
    ? {
        before: { releaseId: sampleCandidate.releaseId },
        after: { releaseId: sampleControl.releaseId },
        reason: "p95 time to first token above its limit",
      }
    : { after: { decision: "rollback" } }),
  requestId: "req-5d1f",
  prevHash: "0".repeat(64),
  hash: "c2f81b09a4".repeat(6) + "1f3a",
}));
