/**
 * What of a request is counted: its measures in scaled units, its events, its scores. Each is known by its aggregate key
 * (`ttft_ms`, `event:error`, `score:groundedness`), kept as a number.
 */
import { type EVENTS, MEASURES } from "@/server/domain/metric/metric";
import { aggregateKey, pairKey } from "@/server/domain/metric/metric-source";
import { SCORE_SCALE, scaleOf } from "@/server/domain/window/aggregate";
import { binOf } from "@/server/domain/window/histogram";
import type { WritingDictionary } from "./dictionary";
import type { NewRequest } from "./new-request";

/** Time to first token as the server that ran the model saw it. Never mixed with the gateway's. */
const SERVER_TTFT = "server_ttft_ms";
/** Event: the release was not sent by the gateway. An own name that no gateway can send. */
export const UNATTRIBUTED = "#unattributed";
/** Event: a record that was sent again, counted for nothing else. */
export const DUPLICATE = "#duplicate";

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

/** Own measures and scores of an application that are counted. */
const NAMES_PER_APPLICATION = 100;

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
  /** Own measures and scores seen since the start, by application. */
  readonly #names = new Map<string, Set<string>>();
  readonly #facts: Fact[] = [];
  #count = 0;
  /** Values that were not counted because their application has too many names. */
  uncounted = 0;

  constructor(dictionary: WritingDictionary) {
    this.#dictionary = dictionary;
    // First of all, so that the measures of every row have small numbers.
    const keys = [...Object.values(EVENT_KEYS), ...MEASURES, SERVER_TTFT, UNATTRIBUTED, DUPLICATE];
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

  /**
   * Everything counted for the request itself, its inline scores included. The list and its facts are used again by the
   * next call: under load a million new objects a second would be most of the work.
   */
  facts(request: NewRequest): readonly Fact[] {
    this.#count = 0;
    this.#event(EVENT_KEYS.error, request.status === "error");
    this.#event(UNATTRIBUTED, request.releaseSource !== "explicit");
    this.#event(EVENT_KEYS.refusal, request.refused);
    this.#event(EVENT_KEYS.toxicity, request.toxic);
    this.#event(EVENT_KEYS.policy_violation, request.policyViolation);
    this.#event(EVENT_KEYS.task_completion, request.taskCompleted);
    this.#value(request.ttftSide === "server" ? SERVER_TTFT : "ttft_ms", request.ttftUs);
    this.#value("duration_ms", request.durationUs);
    this.#value("input_tokens", request.inputTokens);
    this.#value("output_tokens", request.outputTokens);
    this.#value("reasoning_tokens", request.reasoningTokens);
    if (request.inputTokens !== null && request.outputTokens !== null) {
      this.#value("total_tokens", request.inputTokens + request.outputTokens);
    }
    // Micro-dollars, with the fractions that cheap requests have.
    if (request.costNanoUsd !== null) this.#value("cost_usd", request.costNanoUsd / 1000);
    if (request.measures !== null) this.#ownMeasures(request.application, request.measures);
    for (const score of request.scores) this.#score(request.application, score);
    this.#facts.length = this.#count;
    return this.#facts;
  }

  /** What is counted for a record that is stored already; used again like `facts`. */
  duplicateFact(): readonly Fact[] {
    this.#count = 0;
    this.#event(DUPLICATE, true);
    this.#facts.length = this.#count;
    return this.#facts;
  }

  /** What is counted for a score that came on its own; used again like `facts`. */
  scoreFact(application: string, score: { name: string; value: number }): readonly Fact[] {
    this.#count = 0;
    this.#score(application, score);
    this.#facts.length = this.#count;
    return this.#facts;
  }

  /** What is counted for a pair of a shadow and its original; used again like `facts`. */
  pairFacts(differences: readonly { key: string; difference: number }[]): readonly Fact[] {
    this.#count = 0;
    // From −1…1 to 0…2, because a histogram has no room below zero.
    for (const { key, difference } of differences) this.#value(pairKey(key), (difference + 1) * SCORE_SCALE);
    this.#facts.length = this.#count;
    return this.#facts;
  }

  #ownMeasures(application: string, measures: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(measures)) {
      if (!isTaken(name) && this.#isCounted(application, name)) this.#value(name, value * scaleOf(name));
    }
  }

  #score(application: string, { name, value }: { name: string; value: number }): void {
    const key = scoreKey(name);
    if (this.#isCounted(application, key)) this.#value(key, value * SCORE_SCALE);
  }

  /** Each name is a cell in every bucket of the application, so there may only be so many. */
  #isCounted(application: string, key: string): boolean {
    let names = this.#names.get(application);
    if (names === undefined) this.#names.set(application, (names = new Set()));
    if (names.has(key)) return true;
    if (names.size >= NAMES_PER_APPLICATION) {
      this.uncounted += 1;
      return false;
    }
    names.add(key);
    return true;
  }

  #event(key: string, happened: boolean | null): void {
    const measure = happened === null ? undefined : this.idOf(key);
    if (measure === undefined || happened === null) return;
    const fact = this.#next();
    fact.measure = measure;
    fact.value = undefined;
    fact.bin = ZERO_BIN;
    fact.happened = happened;
    // A task that was not completed is the bad outcome; of all other events the one that happened.
    fact.bad = happened === (key !== EVENT_KEYS.task_completion);
  }

  #value(name: string, value: number | null): void {
    const measure = value === null ? undefined : this.idOf(name);
    if (measure === undefined || value === null) return;
    const fact = this.#next();
    fact.measure = measure;
    fact.value = roundScaled(value);
    fact.bin = binFor(fact.value);
    fact.happened = false;
    fact.bad = false;
  }

  #next(): Fact {
    const fact = this.#facts[this.#count] ?? {
      measure: 0,
      value: undefined,
      bin: ZERO_BIN,
      happened: false,
      bad: false,
    };
    this.#facts[this.#count++] = fact;
    return fact;
  }
}

/** Free of binary dust: 0.87 · 10^6 is 870000, not 869999.9999999999, and −0 is 0. */
function roundScaled(value: number): number {
  const nearest = Math.round(value);
  return (Math.abs(value - nearest) < 1e-6 ? nearest : value) + 0;
}
