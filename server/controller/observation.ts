/** One stored request as a rule sees it: whether it counts, and whether it counts against the candidate. */
import type { Counted } from "@/server/domain/evidence/rule-config";
import type { StoredRequest } from "@/server/store/stored-request";

/** `value` is 0/1 for events, else in the metric's unit. */
export interface Observation {
  readonly value: number;
  readonly bad: boolean;
}

/** What the rule observes in the request; undefined when the request does not state it. */
export function observe(counted: Counted, request: StoredRequest): Observation | undefined {
  const value = valueOf(counted, request);
  return value === undefined ? undefined : { value, bad: isBad(counted, value) };
}

function isBad({ event }: Counted, value: number): boolean {
  switch (event.is) {
    case "happened":
      return value === 1;
    case "missing":
      return value === 0;
    case "any":
      return true;
    case "above":
      return value > event.limit;
    case "below":
      return value < event.limit;
  }
}

function valueOf({ source }: Counted, request: StoredRequest): number | undefined {
  switch (source.kind) {
    case "event":
      return eventOf(source.name, request);
    case "measure":
      return measureOf(source.name, request);
    case "score":
      return request.scores.find((score) => score.name === source.name)?.value;
  }
}

const EVENT_FIELDS: Readonly<Record<string, (request: StoredRequest) => boolean | null>> = {
  error: (request) => request.status === "error",
  refusal: (request) => request.refused,
  toxicity: (request) => request.toxic,
  policy_violation: (request) => request.policyViolation,
  task_completion: (request) => request.taskCompleted,
};

function eventOf(name: string, request: StoredRequest): number | undefined {
  const happened = EVENT_FIELDS[name]?.(request);
  if (happened === null || happened === undefined) return undefined;
  return happened ? 1 : 0;
}

const MEASURE_FIELDS: Readonly<Record<string, (request: StoredRequest) => number | null>> = {
  ttft_ms: (request) => (request.ttftSide === "server" ? null : request.ttftMs),
  server_ttft_ms: (request) => (request.ttftSide === "server" ? request.ttftMs : null),
  duration_ms: (request) => request.durationMs,
  input_tokens: (request) => request.inputTokens,
  output_tokens: (request) => request.outputTokens,
  reasoning_tokens: (request) => request.reasoningTokens,
  total_tokens: ({ inputTokens, outputTokens }) =>
    inputTokens === null && outputTokens === null ? null : (inputTokens ?? 0) + (outputTokens ?? 0),
  cost_usd: (request) => request.costUsd,
};

function measureOf(name: string, request: StoredRequest): number | undefined {
  const field = MEASURE_FIELDS[name];
  return field === undefined ? request.measures[name] : (field(request) ?? undefined);
}
