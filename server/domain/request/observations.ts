/**
 * What a request states of the things that metrics are read from: its events, measures and scores. The one mapping from a
 * request's fields to the keys of the sums, for whatever counts requests. It counts nothing itself.
 */
import { aggregateKey, type AggregateKey } from "@/server/domain/metric/metric-source";
import type { RequestStatus } from "@/server/domain/vocabulary";
import { SCORE_SCALE, scaleOf } from "@/server/domain/window/aggregate";

type Stated<T> = T | null | undefined;

/** The fields that are counted, of a record as it comes in or as it is stored: absent facts are undefined or null. */
export interface RequestFacts {
  readonly status: RequestStatus;
  readonly refused?: Stated<boolean>;
  readonly toxic?: Stated<boolean>;
  readonly policyViolation?: Stated<boolean>;
  readonly taskCompleted?: Stated<boolean>;
  readonly ttftMs?: Stated<number>;
  /** Who measured the time to first token; the gateway, where nothing is said. */
  readonly ttftSide?: Stated<"client" | "server">;
  readonly durationMs?: Stated<number>;
  readonly inputTokens?: Stated<number>;
  readonly outputTokens?: Stated<number>;
  readonly reasoningTokens?: Stated<number>;
  readonly costUsd?: Stated<number>;
  /** Measures of the gateway's own. */
  readonly measures: Readonly<Record<string, number>>;
}

const EVENT_FIELDS: ReadonlyMap<string, (request: RequestFacts) => Stated<boolean>> = new Map([
  ["error", (request: RequestFacts) => request.status === "error"],
  ["refusal", (request: RequestFacts) => request.refused],
  ["toxicity", (request: RequestFacts) => request.toxic],
  ["policy_violation", (request: RequestFacts) => request.policyViolation],
  ["task_completion", (request: RequestFacts) => request.taskCompleted],
]);

const MEASURE_FIELDS: ReadonlyMap<string, (request: RequestFacts) => Stated<number>> = new Map([
  ["ttft_ms", (request: RequestFacts) => (request.ttftSide === "server" ? null : request.ttftMs)],
  ["server_ttft_ms", (request: RequestFacts) => (request.ttftSide === "server" ? request.ttftMs : null)],
  ["duration_ms", (request: RequestFacts) => request.durationMs],
  ["input_tokens", (request: RequestFacts) => request.inputTokens],
  ["output_tokens", (request: RequestFacts) => request.outputTokens],
  ["reasoning_tokens", (request: RequestFacts) => request.reasoningTokens],
  ["total_tokens", totalTokens],
  ["cost_usd", (request: RequestFacts) => request.costUsd],
]);

/** Half of a sum is no sum: both parts must be stated. */
function totalTokens({ inputTokens, outputTokens }: RequestFacts): number | undefined {
  return typeof inputTokens === "number" && typeof outputTokens === "number" ? inputTokens + outputTokens : undefined;
}

/** Whether the event happened; undefined when the request does not say. */
export function statedEvent(request: RequestFacts, event: string): boolean | undefined {
  return EVENT_FIELDS.get(event)?.(request) ?? undefined;
}

/** The measure's value in its own unit (ms, tokens, USD); undefined when the request does not say. */
export function statedMeasure(request: RequestFacts, measure: string): number | undefined {
  const field = MEASURE_FIELDS.get(measure);
  if (field !== undefined) return field(request) ?? undefined;
  return Object.hasOwn(request.measures, measure) ? request.measures[measure] : undefined;
}

/** One thing to count: an event that happened or did not, or a value in scaled units (see `scaleOf`). */
export type RequestObservation =
  | { readonly key: AggregateKey; readonly happened: boolean }
  | { readonly key: AggregateKey; readonly value: number };

/** Everything that is counted for a request and the scores that came with it. */
export function observationsOf(
  request: RequestFacts & { readonly scores: Readonly<Record<string, number>> },
): RequestObservation[] {
  const observations: RequestObservation[] = [];
  for (const [event, field] of EVENT_FIELDS) {
    const happened = field(request);
    if (typeof happened === "boolean") observations.push({ key: aggregateKey({ kind: "rate", event }), happened });
  }
  for (const [measure, field] of MEASURE_FIELDS) {
    const value = field(request);
    if (typeof value === "number") observations.push({ key: measure, value: scaled(value, scaleOf(measure)) });
  }
  for (const [measure, value] of Object.entries(request.measures)) {
    if (!MEASURE_FIELDS.has(measure)) observations.push({ key: measure, value: scaled(value, scaleOf(measure)) });
  }
  for (const [name, value] of Object.entries(request.scores)) {
    observations.push({ key: aggregateKey({ kind: "score", name }), value: scaled(value, SCORE_SCALE) });
  }
  return observations;
}

/** Free of binary dust: 0.87 · 10^6 is 870000, not 869999.9999999999. */
function scaled(value: number, scale: number): number {
  const product = value * scale;
  const nearest = Math.round(product);
  return Math.abs(product - nearest) < 1e-6 ? nearest : product;
}
