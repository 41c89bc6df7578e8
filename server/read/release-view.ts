/** Releases: the list and one release's manifest. */
import { z } from "zod";
import { Time } from "@/server/domain/time";
import { ComponentChange, ReleaseRef, RolloutSummary } from "./common-view";

export const ReleaseListItem = z.object({
  release: ReleaseRef,
  /** Against the release registered just before it. */
  changes: z.array(ComponentChange),
  aliases: z.array(z.string()),
  registrations: z.number().int(),
  /** `serving`, `in_flight`, `rolled_back`, `rejected`, `promoted`, `registered`. */
  state: z.enum(["serving", "in_flight", "rolled_back", "rejected", "promoted", "registered"]),
  requests24h: z.number().int(),
});

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
  gates: z.array(z.object({ suite: z.string(), at: Time, results: z.record(z.string(), z.number()) })),
  rollouts: z.array(RolloutSummary),
  bad: z.object({ at: Time, reason: z.string(), incidentId: z.string().nullable() }).nullable(),
  changesFromKnownGood: z.object({ knownGood: ReleaseRef, changes: z.array(ComponentChange) }).nullable(),
});
export type ReleaseManifestView = z.input<typeof ReleaseManifestView>;

export const ReleaseDiffView = z.object({
  from: z.string(),
  to: z.string(),
  added: z.array(z.object({ kind: z.string(), to: z.string() })),
  removed: z.array(z.object({ kind: z.string(), from: z.string() })),
  changed: z.array(z.object({ kind: z.string(), from: z.string(), to: z.string() })),
  unchanged: z.array(z.object({ kind: z.string(), value: z.string() })),
});
