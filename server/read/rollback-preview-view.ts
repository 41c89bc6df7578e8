/** What a rollback would do, shown before the button is pressed. */
import { z } from "zod";
import { Time } from "@/server/domain/time";
import { AliasMove, ComponentChange, ReleaseRef } from "./common-view";

export const RollbackPreviewView = z.object({
  application: z.string(),
  alias: z.string(),
  /** Compare-and-set: the execute call sends it back. */
  revision: z.number().int(),
  from: ReleaseRef,
  /** Null with the reason when nothing is known good. */
  target: z
    .object({
      release: ReleaseRef,
      why: z.string(),
      lastServedAt: Time.nullable(),
      /** `ok` is null where nothing is known. */
      readiness: z.array(z.object({ name: z.string(), ok: z.boolean().nullable(), detail: z.string() })),
      changes: z.array(ComponentChange),
    })
    .nullable(),
  targetMissingReason: z.string().nullable(),
  alternatives: z.array(
    z.object({ release: ReleaseRef, eligible: z.boolean(), reason: z.string(), lastServedAt: Time.nullable() }),
  ),
  /** Releases that take back one changed component and keep the rest; empty where only one changed. */
  partial: z.array(
    z.object({
      change: ComponentChange,
      /** The id it has, or will have once it is registered. */
      releaseId: z.string(),
      registered: z.boolean(),
      eligible: z.boolean(),
      reason: z.string(),
    }),
  ),
  /** What going back does not undo, from the diff. */
  willNotUndo: z.array(z.string()),
  blastRadius: z.object({
    requestsPerMinute: z.number().nullable(),
    /** Share of requests now on the release that stops, 0–1. */
    share: z.number().nullable(),
    subjects: z.number().int().nullable(),
    regions: z.array(z.object({ region: z.string(), count: z.number().int() })),
    rolloutsThatEnd: z.array(
      z.object({
        id: z.string(),
        candidate: z.string(),
        state: z.string(),
        /** Approvals of its present step, which fall with it. */
        approvals: z.number().int(),
      }),
    ),
  }),
  /** What each gateway that was heard in the last week says it runs, those behind first; empty where none reports. */
  gateways: z.array(
    z.object({
      gateway: z.string(),
      region: z.string().nullable(),
      releaseId: z.string(),
      revision: z.number().int(),
      /** It runs an older revision than the alias has now: it will take the rollback over late, or is gone. */
      behind: z.boolean(),
      lastSeenAt: Time,
    }),
  ),
  suggestedReason: z.string(),
  /** When the alias moved after the page was opened: what happened instead. */
  superseded: AliasMove.nullable(),
});
export type RollbackPreviewView = z.input<typeof RollbackPreviewView>;

/** Progress after the click, from real data, visible to everyone. */
export const RollbackProgressView = z.object({
  incidentId: z.string(),
  fromReleaseId: z.string(),
  toReleaseId: z.string(),
  steps: z.array(
    z.object({
      name: z.enum([
        "requested",
        "alias_moved",
        "gateways_confirmed",
        "observed_traffic",
        "metrics_back",
        "git_reconciled",
      ]),
      state: z.enum(["done", "running", "waiting", "not_applicable", "failed"]),
      at: Time.nullable(),
      detail: z.string(),
    }),
  ),
});
export type RollbackProgressView = z.input<typeof RollbackProgressView>;
