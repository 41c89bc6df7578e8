/**
 * What of a request is counted: its measures in scaled units, its events, its scores. Each is known by its aggregate key
 * (`ttft_ms`, `event:error`, `score:groundedness`), kept as a number.
 */
import { type EVENTS, MEASURES } from "@/server/domain/metric/metric";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import { SCORE_SCALE, scaleOf } from "@/server/domain/window/aggregate";
import { binOf } from "@/server/domain/window/histogram";
import type { WritingDictionary } from "./dictionary";
import type { NewRequest } from "./new-request";

/** Time to first token as the server that ran the model saw it. Never mixed with the gateway's. */
export const SERVER_TTFT = "server_ttft_ms";
/** Event: the release was not sent by the gateway. An own name that no gateway can send. */
export const UNATTRIBUTED = "#unattributed";

type EventName = (typeof EVENTS)[number];

/** The key of an event's sums. */
export function eventKey(event: EventName): string {
  return EVENT_KEYS[event];
}

const EVENT_KEYS: Readonly<Record<EventName, string>> = {
  error: aggregateKey({ kind: "rate", event: "error" }),
  refusal: aggregateKey({ kind: "rate", event: "refusal" }),
  toxicity: aggregateKey({ kind: "rate", event: "toxicity" }),
  policy_violation: aggregateKey({ kind: "rate", event: "policy_violation" }),
  task_completion: aggregateKey({ kind: "rate", event: "task_completion" }),
};

/** The key of a score's sums. */
function scoreKey(name: string): string {
  return aggregateKey({ kind: "score", name });
}

/** Whether a gateway's own measure has the name of a field, or looks like the key of an event or score. */
function isTaken(name: string): boolean {
  return BUILT_IN.has(name) || /[:#]/.test(name);
}

const BUILT_IN: ReadonlySet<string> = new Set([...MEASURES, SERVER_TTFT, "requests"]);

/** Where values below 1 are counted. */
export const ZERO_BIN = -1;

/** The bin in which a value is counted. */
export function binFor(value: number): number {
  return value >= 1 ? binOf(value) : ZERO_BIN;
}

/** One thing counted for one request. */
export interface Fact {
  measure: number;
  /** Scaled units; undefined for an event. */
  value: number | undefined;
  /** Histogram bin of the value, `ZERO_BIN` below 1. */
  bin: number;
  /** For an event: whether it happened. */
  happened: boolean;
  /** For an event: whether this is the bad outcome. */
  bad: boolean;
}

/** Turns requests into facts. Names that the dictionary has no room for are not counted. */
export class FactReader {
  readonly #dictionary: WritingDictionary;
  readonly #known = new Map<string, number | undefined>();

  constructor(dictionary: WritingDictionary) {
    this.#dictionary = dictionary;
    // First of all, so that the measures of every row have small numbers.
    const keys = [...Object.values(EVENT_KEYS), ...MEASURES, SERVER_TTFT, UNATTRIBUTED];
    for (const key of keys) this.idOf(key);
  }

  /** The number of an aggregate key; undefined when there is no room for more. */
  idOf(name: string): number | undefined {
    let id = this.#known.get(name);
    if (id === undefined) {
      id = this.#dictionary.idOf("measure", name);
      this.#known.set(name, id);
    }
    return id;
  }

  rolledBack(): void {
    this.#known.clear();
  }

  /** Everything counted for the request itself, its inline scores included. */
  facts(request: NewRequest): Fact[] {
    const facts: Fact[] = [];
    this.#event(facts, EVENT_KEYS.error, request.status === "error");
    this.#event(facts, UNATTRIBUTED, request.releaseSource !== "explicit");
    this.#event(facts, EVENT_KEYS.refusal, request.refused);
    this.#event(facts, EVENT_KEYS.toxicity, request.toxic);
    this.#event(facts, EVENT_KEYS.policy_violation, request.policyViolation);
    this.#event(facts, EVENT_KEYS.task_completion, request.taskCompleted);
    this.#value(facts, request.ttftSide === "server" ? SERVER_TTFT : "ttft_ms", request.ttftUs);
    this.#value(facts, "duration_ms", request.durationUs);
    this.#value(facts, "input_tokens", request.inputTokens);
    this.#value(facts, "output_tokens", request.outputTokens);
    this.#value(facts, "reasoning_tokens", request.reasoningTokens);
    if (request.inputTokens !== null && request.outputTokens !== null) {
      this.#value(facts, "total_tokens", request.inputTokens + request.outputTokens);
    }
    // Micro-dollars, with the fractions that cheap requests have.
    if (request.costNanoUsd !== null) this.#value(facts, "cost_usd", request.costNanoUsd / 1000);
    for (const [name, value] of Object.entries(request.measures ?? {})) {
      if (!isTaken(name)) this.#value(facts, name, value * scaleOf(name));
    }
    for (const score of request.scores) this.#value(facts, scoreKey(score.name), score.value * SCORE_SCALE);
    return facts;
  }

  /** What is counted for a score that came on its own. */
  scoreFact(name: string, value: number): Fact | undefined {
    const facts: Fact[] = [];
    this.#value(facts, scoreKey(name), value * SCORE_SCALE);
    return facts[0];
  }

  #event(facts: Fact[], key: string, happened: boolean | null): void {
    const measure = happened === null ? undefined : this.idOf(key);
    if (measure === undefined || happened === null) return;
    // A task that was not completed is the bad outcome; of all other events the one that happened.
    facts.push({
      measure,
      value: undefined,
      bin: ZERO_BIN,
      happened,
      bad: happened === (key !== EVENT_KEYS.task_completion),
    });
  }

  #value(facts: Fact[], name: string, value: number | null): void {
    const measure = value === null ? undefined : this.idOf(name);
    if (measure === undefined || value === null) return;
    const scaled = roundScaled(value);
    facts.push({ measure, value: scaled, bin: binFor(scaled), happened: false, bad: false });
  }
}

/** Free of binary dust: 0.87 · 10^6 is 870000, not 869999.9999999999, and −0 is 0. */
function roundScaled(value: number): number {
  const nearest = Math.round(value);
  return (Math.abs(value - nearest) < 1e-6 ? nearest : value) + 0;
}
