/** Shapes that several screens share. Times are epoch ms inside and RFC 3339 in answers; every number carries its n. */
import { z } from "zod";
import { Time } from "@/server/domain/time";
import { ALIAS_MOVE_CAUSES, DECISIONS, ROLLOUT_STATES, THRESHOLD_ACTIONS, TRACKS } from "@/server/domain/vocabulary";

/** How old the newest telemetry is, by the server's clock. `none`: nothing has ever arrived. */
export const Freshness = z.object({
  state: z.enum(["fresh", "late", "stale", "none"]),
  /** Time of the newest stored request, if any. */
  dataTo: Time.nullable(),
  /** The server's clock when the answer was made. */
  asOf: Time,
});

/** Who acted: a person, a token or the controller. `label` is what a page shows. */
export const Actor = z.object({
  kind: z.enum(["person", "token", "controller", "system"]),
  id: z.string(),
  label: z.string(),
});

/** One value with its sample size and interval. `value` is null when there is no data; units are the metric's own. */
export const MetricPoint = z.object({
  value: z.number().nullable(),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
  count: z.number().int(),
});

/** A release as other screens mention it. */
export const ReleaseRef = z.object({
  releaseId: z.string(),
  application: z.string(),
  registered: z.boolean(),
  registeredAt: Time.nullable(),
  gitCommit: z.string().nullable(),
  author: z.string().nullable(),
  /** Human label given at registration, e.g. `2026-04-10 add failure counts`. */
  label: z.string().nullable(),
});

/** One changed component, in words and parts. `from` is null when added, `to` when removed. */
export const ComponentChange = z.object({ kind: z.string(), from: z.string().nullable(), to: z.string().nullable() });

/** One move of an alias, as the ledger holds it. */
export const AliasMove = z.object({
  alias: z.string(),
  revision: z.number().int(),
  fromReleaseId: z.string().nullable(),
  toReleaseId: z.string(),
  at: Time,
  actor: Actor,
  cause: z.enum(ALIAS_MOVE_CAUSES),
  reason: z.string(),
  rolloutId: z.string().nullable(),
  incidentId: z.string().nullable(),
});

/** The word a rule's state is shown as; missing data is never `pass` and never `breach`. */
const VERDICTS = ["pass", "watch", "breach", "collecting", "no_data", "not_comparable", "environment"] as const;
export const Verdict = z.enum(VERDICTS);

/** One violation, in the words of the contract. */
export const Violation = z.object({
  metric: z.string(),
  action: z.enum(THRESHOLD_ACTIONS),
  observed: z.number(),
  threshold: z.number(),
  window: z.string(),
  segment: z.string().optional(),
  message: z.string(),
});

/** What a rollout looks like wherever it is listed. */
export const RolloutSummary = z.object({
  id: z.string(),
  application: z.string(),
  alias: z.string(),
  candidate: ReleaseRef,
  /** What the alias served when the rollout began: the concurrent control. */
  control: ReleaseRef.nullable(),
  state: z.enum(ROLLOUT_STATES),
  step: z.object({
    index: z.number().int(),
    count: z.number().int(),
    kind: z.string(),
    /** 0–100. */
    percentage: z.number(),
    startedAt: Time.nullable(),
  }),
  decision: z.enum(DECISIONS),
  /** One sentence a person could read out on a call. */
  sentence: z.string(),
  policy: z.object({ name: z.string(), version: z.number().int() }),
  startedAt: Time,
  startedBy: Actor,
  endedAt: Time.nullable(),
  pauseReason: z.string().nullable(),
  incidentId: z.string().nullable(),
});

/** Track as shown; `all` in filters means every track. */
export const TrackName = z.enum(TRACKS);

export type Freshness = z.input<typeof Freshness>;
export type Actor = z.input<typeof Actor>;
export type MetricPoint = z.input<typeof MetricPoint>;
export type ReleaseRef = z.input<typeof ReleaseRef>;
export type ComponentChange = z.input<typeof ComponentChange>;
export type AliasMove = z.input<typeof AliasMove>;
export type Verdict = z.input<typeof Verdict>;
export type Violation = z.input<typeof Violation>;
export type RolloutSummary = z.input<typeof RolloutSummary>;

/** One golden-set result beside the baseline's; `passed` is null where the policy asks nothing of it. */
export const GateResult = z.object({
  suite: z.string(),
  at: Time,
  name: z.string(),
  value: z.number(),
  baseline: z.number().nullable(),
  passed: z.boolean().nullable(),
});
export type GateResult = z.input<typeof GateResult>;
