/** What a span carries beside the fields of the table: our own name spaces, segments, annotations, other attributes. */
import type { InlineScore, NewRequest } from "@/server/store/sqlite/new-request";
import type { Attributes, AttributeValue } from "@/server/telemetry/otlp/span";
import { FIELDS, type Field } from "./field-keys";
import type { FieldSlots } from "./field-slots";
import type { KeyPlan, OwnPlans } from "./key-plan";

const MOST_ATTRIBUTES = 64;
const LONGEST_VALUE = 512;
const MOST_OWN = 64;
const LONGEST_NAME = 128;
/** As in a Request record. */
const GREATEST = 9e9;

/** Fields that have a place of their own in a request. The others stay attributes; `sources` says which. */
const STORED_FIELDS: ReadonlySet<Field> = new Set<Field>([
  "application",
  "releaseId",
  "track",
  "isSilent",
  "shadowOf",
  "region",
  "tenant",
  "requestId",
  "responseId",
  "inputTokens",
  "outputTokens",
  "reasoningTokens",
  "costUsd",
  "ttftMs",
  "serverTtftMs",
  "completionStart",
  "errorType",
  "refused",
  "toxic",
  "policyViolation",
  "taskCompleted",
  "featureFingerprint",
  "input",
  "output",
  "subject",
]);
const IS_STORED: readonly boolean[] = FIELDS.map((field) => STORED_FIELDS.has(field));
const OTHER_FIELDS: readonly Field[] = FIELDS.filter((field) => !STORED_FIELDS.has(field) && field !== "session");
const SESSION_FIELD = FIELDS.indexOf("session");

export interface Extras {
  attributes: Record<string, AttributeValue> | null;
  segments: Record<string, string> | null;
  measures: Record<string, number> | null;
  scores: InlineScore[];
  features: NewRequest["features"];
  /** By index, then by part. */
  annotations: Map<string, Map<string, AttributeValue>>;
  flags: string[];
}

/** Reads one span's attributes into `slots` and what is left into extras. */
export function readSpan(
  attributes: Attributes,
  slots: FieldSlots,
  {
    segmentKeys,
    own,
    resource,
    timeMs,
  }: { segmentKeys: readonly string[]; own?: OwnPlans | undefined; resource: Attributes; timeMs: number },
): Extras {
  const reader = new ExtrasReader(segmentKeys, timeMs);
  slots.read(attributes, "span", { own, visit: (plan, value) => reader.visit(plan, value) });
  reader.addResource(resource);
  return reader.finish(slots);
}

class ExtrasReader {
  readonly #segmentKeys: readonly string[];
  readonly #timeMs: number;
  readonly #annotations = new Map<string, Map<string, AttributeValue>>();
  readonly #flags: string[] = [];
  #attributes: Record<string, AttributeValue> | null = null;
  #count = 0;
  #segments: Record<string, string> | null = null;
  #measures: Record<string, number> | null = null;
  #scores: InlineScore[] = [];
  #features: NewRequest["features"] = [];
  #sessions: [string, AttributeValue][] = [];

  constructor(segmentKeys: readonly string[], timeMs: number) {
    this.#segmentKeys = segmentKeys;
    this.#timeMs = timeMs;
  }

  visit(plan: KeyPlan, value: AttributeValue): void {
    if (plan.own !== undefined) return this.#own(plan.own, value);
    if (plan.annotation !== undefined) return this.#annotation(plan.annotation, value);
    if (this.#segmentKeys.includes(plan.key)) this.#segment(plan.key, value);
    if (value === null || !mayBeKept(plan, value)) return;
    if (plan.feeds.some((feed) => feed.field === SESSION_FIELD)) this.#sessions.push([plan.key, value]);
    else if (plan.feeds.length === 0 || plan.feeds.some((feed) => IS_STORED[feed.field] === false)) {
      this.#attribute(plan.key, value);
    }
  }

  /** Segments that the whole process shares. */
  addResource({ keys, values }: Attributes): void {
    for (const key of this.#segmentKeys) {
      const index = this.#segments?.[key] === undefined ? keys.indexOf(key) : -1;
      if (index !== -1) this.#segment(key, values[index] ?? null);
    }
  }

  finish(slots: FieldSlots): Extras {
    // The conversation stands in for a missing user, and is then kept as a hash only.
    if (slots.has("subject")) for (const [key, value] of this.#sessions) this.#attribute(key, value);
    for (const field of OTHER_FIELDS) {
      const value = slots.value(field);
      if (value !== undefined) this.#attribute(slots.key(field), value);
    }
    return {
      attributes: this.#attributes,
      segments: this.#segments,
      measures: this.#measures,
      scores: this.#scores,
      features: this.#features,
      annotations: this.#annotations,
      flags: this.#flags,
    };
  }

  #attribute(key: string, value: AttributeValue): void {
    this.#attributes ??= {};
    if (Object.hasOwn(this.#attributes, key)) return;
    if (isLong(value)) return this.#flag("attributes_too_long");
    if (this.#count >= MOST_ATTRIBUTES) return this.#flag("attributes_left_out");
    this.#count += 1;
    this.#attributes[key] = value;
  }

  #segment(key: string, value: AttributeValue): void {
    if (key === "region" || key === "tenant" || value === null || typeof value === "object") return;
    this.#segments ??= {};
    this.#segments[key] = String(value).slice(0, LONGEST_VALUE);
  }

  #own({ kind, name }: NonNullable<KeyPlan["own"]>, value: AttributeValue): void {
    if (name === "" || name.length > LONGEST_NAME) return;
    if (kind === "segment") return this.#segment(name, value);
    if (kind === "feature") return this.#feature(name, value);
    const number = numberOf(value);
    if (number === undefined) return;
    if (kind === "measure") return this.#measure(name, number);
    if (this.#scores.length < MOST_OWN) this.#scores.push({ name, value: number, judge: null, timeMs: this.#timeMs });
  }

  #measure(name: string, value: number): void {
    this.#measures ??= {};
    if (Object.keys(this.#measures).length < MOST_OWN) this.#measures[name] = value;
  }

  /** `switchback.feature.<view>.<name>`. */
  #feature(name: string, value: AttributeValue): void {
    const dot = name.indexOf(".");
    if (dot <= 0 || this.#features.length >= MOST_OWN || (typeof value === "object" && value !== null)) return;
    this.#features.push({ view: name.slice(0, dot), name: name.slice(dot + 1), value, timestampMs: null });
  }

  #annotation({ index, part }: NonNullable<KeyPlan["annotation"]>, value: AttributeValue): void {
    let parts = this.#annotations.get(index);
    if (parts === undefined && this.#annotations.size < MOST_OWN) this.#annotations.set(index, (parts = new Map()));
    parts?.set(part, value);
  }

  #flag(flag: string): void {
    if (!this.#flags.includes(flag)) this.#flags.push(flag);
  }
}

/** Not texts of requests, metadata, people's ids, nor texts under a name that says that they are private. */
function mayBeKept({ isContent, isBlob, isSubject, isPrivate }: KeyPlan, value: AttributeValue): boolean {
  if (isContent || isBlob || isSubject) return false;
  return !isPrivate || typeof value === "number" || typeof value === "boolean";
}

/** A text of that length, or of several lines, is no label; nobody knows whose words it is. */
function isLong(value: AttributeValue): boolean {
  const text = typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : "";
  return text.length > LONGEST_VALUE || text.includes("\n");
}

/** A finite number that sums stay exact with, also out of text. */
function numberOf(value: AttributeValue): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Math.abs(number) <= GREATEST ? number : undefined;
}
