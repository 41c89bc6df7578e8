/** Request → manifest: everything known about one request and the release that served it. */
import { z } from "zod";
import { Time } from "@/server/domain/time";
import { REQUEST_STATUSES } from "@/server/domain/vocabulary";
import { Actor, AliasMove, ComponentChange, GateResult, ReleaseRef, RolloutSummary, TrackName } from "./common-view";

/** A stored request as every answer shows it: never with its text. */
export const RequestView = z.object({
  requestId: z.string(),
  application: z.string(),
  releaseId: z.string().nullable(),
  /** `explicit`: the gateway sent it; `alias`: resolved from the alias at the request's time; `unknown`. */
  releaseSource: z.enum(["explicit", "version", "alias", "unknown"]),
  time: Time,
  receivedAt: Time,
  track: TrackName,
  shadowOf: z.string().nullable(),
  traceId: z.string().nullable(),
  spanId: z.string().nullable(),
  responseId: z.string().nullable(),
  /** Hash of the subject; the subject itself is never stored. */
  subjectHash: z.string().nullable(),
  region: z.string().nullable(),
  tenant: z.string().nullable(),
  segments: z.record(z.string(), z.string()),
  status: z.enum(REQUEST_STATUSES),
  errorType: z.string().nullable(),
  refused: z.boolean().nullable(),
  toxic: z.boolean().nullable(),
  policyViolation: z.boolean().nullable(),
  taskCompleted: z.boolean().nullable(),
  ttftMs: z.number().nullable(),
  ttftSide: z.enum(["client", "server"]).nullable(),
  durationMs: z.number().nullable(),
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  reasoningTokens: z.number().nullable(),
  costUsd: z.number().nullable(),
  /** By name; where several judges gave one, the first that arrived. */
  scores: z.record(z.string(), z.number()),
  /** Every score with its judge and time. */
  scoreDetails: z.array(z.object({ name: z.string(), value: z.number(), judge: z.string().nullable(), time: Time })),
  features: z.array(z.object({ view: z.string(), name: z.string(), value: z.unknown(), timestamp: Time.nullable() })),
  featureFingerprint: z.string().nullable(),
  measures: z.record(z.string(), z.number()),
  attributes: z.record(z.string(), z.unknown()),
  /** Whether request and response text are stored; reading them is a call of its own, and is audited. */
  textStored: z.boolean(),
  /** field → the telemetry key that fed it. */
  sources: z.record(z.string(), z.string()),
  /** Data-quality remarks: "time to first token exceeds the duration". */
  flags: z.array(z.string()),
});
export type RequestView = z.input<typeof RequestView>;

export const RequestTraceView = z.object({
  request: RequestView,
  sentence: z.string(),
  /** The served manifest; null when the release is unknown or was never registered. */
  release: z
    .object({
      ref: ReleaseRef,
      digest: z.string(),
      components: z.record(z.string(), z.string()),
      fingerprints: z.record(z.string(), z.string()),
      pipelineUrl: z.string().nullable(),
      labels: z.record(z.string(), z.string()),
    })
    .nullable(),
  /** Against the release that was last known good before this request. */
  changedSinceKnownGood: z.object({ knownGood: ReleaseRef, changes: z.array(ComponentChange) }).nullable(),
  /** Changed components with the reasons to suspect each, strongest first. */
  suspects: z.array(z.object({ change: ComponentChange, reasons: z.array(z.string()) })),
  /** Offline against online fingerprint, per feature view. */
  parity: z.array(
    z.object({
      view: z.string(),
      offline: z.string().nullable(),
      online: z.string().nullable(),
      equal: z.boolean().nullable(),
    }),
  ),
  aliasMove: AliasMove.nullable(),
  rollout: RolloutSummary.nullable(),
  approvals: z.array(
    z.object({ by: Actor, at: Time, verdict: z.enum(["approve", "extend", "reject"]), reason: z.string() }),
  ),
  gates: z.array(GateResult),
  counterpart: RequestView.nullable(),
  /** Others served by the same release in the same segment within the hour around this request. */
  neighbours: z.object({
    count: z.number().int(),
    failing: z.number().int(),
    href: z.string(),
    items: z.array(RequestView),
  }),
  incidentId: z.string().nullable(),
});
export type RequestTraceView = z.input<typeof RequestTraceView>;
