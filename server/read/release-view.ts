/** Releases: the list and one release's manifest. */
import { z } from "zod";
import { Time } from "@/server/domain/time";
import { ComponentChange, GateResult, ReleaseRef, RolloutSummary } from "./common-view";

/** What is true of a release now: an alias points at it, it is on its way, or how its newest rollout ended. */
export const ReleaseStateWord = z.enum(["serving", "in_flight", "rolled_back", "rejected", "promoted", "registered"]);

export const ReleaseListItem = z.object({
  release: ReleaseRef,
  /** Against the release registered just before it. */
  changes: z.array(ComponentChange),
  aliases: z.array(z.string()),
  registrations: z.number().int(),
  state: ReleaseStateWord,
  requests24h: z.number().int(),
});
export type ReleaseListItem = z.input<typeof ReleaseListItem>;

/** `GET /api/v1/releases`, newest first. */
export const ReleaseListView = z.object({
  items: z.array(ReleaseListItem),
  nextCursor: z.string().optional(),
  /** Releases that answered requests of the last 24 hours and that nobody has registered. */
  unregistered: z.array(z.object({ releaseId: z.string(), requests24h: z.number().int() })),
  sentence: z.string(),
});
export type ReleaseListView = z.input<typeof ReleaseListView>;

export const ReleaseManifestView = z.object({
  releaseId: z.string(),
  digest: z.string(),
  application: z.string(),
  components: z.record(z.string(), z.string()),
  digests: z.record(z.string(), z.string()),
  createdAt: Time,
  provenance: z.array(
    z.object({
      registeredAt: Time,
      registeredBy: z.string(),
      gitCommit: z.string().nullable(),
      author: z.string().nullable(),
      pipelineUrl: z.string().nullable(),
      labels: z.record(z.string(), z.string()),
    }),
  ),
  fingerprints: z.record(z.string(), z.string()),
  aliases: z.array(z.string()),
  state: ReleaseStateWord,
  sentence: z.string(),
  gates: z.array(z.object({ suite: z.string(), at: Time, results: z.record(z.string(), z.number()) })),
  /** The newest results of each suite beside those of the newest rollout’s control, else of what was last known good. */
  gateChecks: z.array(GateResult),
  rollouts: z.array(RolloutSummary),
  bad: z.object({ at: Time, reason: z.string(), incidentId: z.string().nullable() }).nullable(),
  changesFromKnownGood: z.object({ knownGood: ReleaseRef, changes: z.array(ComponentChange) }).nullable(),
});
export type ReleaseManifestView = z.input<typeof ReleaseManifestView>;

export const ReleaseDiffView = z.object({
  from: z.string(),
  to: z.string(),
  sentence: z.string(),
  added: z.array(z.object({ kind: z.string(), to: z.string() })),
  removed: z.array(z.object({ kind: z.string(), from: z.string() })),
  changed: z.array(z.object({ kind: z.string(), from: z.string(), to: z.string() })),
  unchanged: z.array(z.object({ kind: z.string(), value: z.string() })),
});
export type ReleaseDiffView = z.input<typeof ReleaseDiffView>;
