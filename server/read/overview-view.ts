/** The Overview screen's shape: what serves now, what needs a person, what the canary says. */
import { z } from "zod";
import { DRIFT_STATES } from "@/server/domain/gitops/drift-state";
import { Time } from "@/server/domain/time";
import { ALIAS_MOVE_CAUSES } from "@/server/domain/vocabulary";
import { Actor, AliasMove, Freshness, MetricPoint, ReleaseRef, RolloutSummary, Verdict } from "./common-view";

/** Lengths of time, ms; null without any. */
const Lengths = z.object({
  count: z.number().int(),
  medianMs: z.number().nullable(),
  longestMs: z.number().nullable(),
});

export const OverviewView = z.object({
  application: z.object({ id: z.string(), displayName: z.string() }),
  freshness: Freshness,
  /** R1: one plain sentence for the whole page. */
  sentence: z.string(),
  tone: z.enum(["ok", "review", "breach", "info", "neutral"]),
  aliases: z.array(
    z.object({
      alias: z.string(),
      release: ReleaseRef,
      revision: z.number().int(),
      since: Time,
      by: Actor,
      cause: z.enum(ALIAS_MOVE_CAUSES),
      /** Share of requests of the last 5 minutes that this release served, 0–1; null without traffic. */
      observedShare: z.number().nullable(),
      /** Requests of the last 5 minutes in all, shadows left out: the n of the share. */
      observedCount: z.number().int(),
      knownGoodReleaseId: z.string().nullable(),
      /** How the alias stands to what git declares; null where git declares nothing of it. */
      git: z.enum(DRIFT_STATES).nullable(),
    }),
  ),
  /** Ranked, most urgent first. */
  needsAPerson: z.array(
    z.object({
      kind: z.enum([
        "incident",
        "approval",
        "paused",
        "policy",
        "stale",
        "unregistered_release",
        "telemetry",
        "parity",
        "drift",
      ]),
      sentence: z.string(),
      href: z.string(),
      at: Time,
    }),
  ),
  /** Live rollouts with one gate per policy threshold. */
  rollouts: z.array(
    z.object({
      rollout: RolloutSummary,
      /** Share of requests of the last 5 minutes that the candidate served, 0–1; null without traffic. */
      observedShare: z.number().nullable(),
      gates: z.array(
        z.object({
          metric: z.string(),
          label: z.string(),
          verdict: Verdict,
          /** A `pass` for want of evidence. */
          undecided: z.boolean(),
          detail: z.string(),
          href: z.string(),
        }),
      ),
    }),
  ),
  /** At most six, last 24 h at 10-minute steps: the serving release's values. */
  sparklines: z.array(
    z.object({
      metric: z.string(),
      label: z.string(),
      unit: z.string(),
      higherIsWorse: z.boolean(),
      limit: z.number().nullable(),
      latest: MetricPoint,
      points: z.array(z.object({ at: Time, value: z.number().nullable(), count: z.number().int() })),
      href: z.string(),
    }),
  ),
  moves: z.array(AliasMove),
  /** The last `days` days: changes and those rolled back, how long until harm was seen, and until it was over. */
  delivery: z.object({
    days: z.number().int(),
    changes: z.number().int(),
    failed: z.number().int(),
    detect: Lengths,
    restore: Lengths,
  }),
  /** Requests of the last 24 h that carried no explicit release id, as a share 0–1. */
  unattributedShare: z.number().nullable(),
  /** Set-up steps that are done. Until `telemetry` is true, the page shows the steps instead of figures. */
  empty: z.object({ registered: z.boolean(), aliased: z.boolean(), telemetry: z.boolean() }),
});
export type OverviewView = z.input<typeof OverviewView>;
