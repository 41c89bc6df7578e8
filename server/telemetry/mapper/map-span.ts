/** One span into one request: the fields of the table, what follows from them, and what is kept beside them. */
import type { Track } from "@/server/domain/vocabulary";
import { TRACKS } from "@/server/domain/vocabulary";
import type { InlineScore, NewRequest } from "@/server/store/sqlite/new-request";
import { subjectHash } from "@/server/store/sqlite/subject-hash";
import type { AttributeValue, Span } from "@/server/telemetry/otlp/span";
import { microsecondsBetween } from "@/server/telemetry/otlp/span";
import { clockFlags, DAY_MS, type RecordFacts } from "@/server/telemetry/record-facts";
import { flagEvaluation } from "./feature-flags";
import type { Field } from "./field-keys";
import type { FieldSlots } from "./field-slots";
import { annotationScores, eventScores } from "./scores";
import type { Extras } from "./span-extras";
import { timeToFirstToken } from "./time-to-first-token";

const SLUG = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const LONGEST_ID = 128;
const LONGEST_TEXT = 512;
const LONGEST_CONTENT = 256 * 1024;
const MOST_TOKENS = 1e9;
const MOST_COST_USD = 1e6;
const MOST_DURATION_US = 1e12;
const SERVER_ERROR = 500;
/** `STATUS_CODE_ERROR` of a span. */
const STATUS_ERROR = 2;

/** Words for tracks, ours first. */
const TRACK_WORDS: ReadonlyMap<string, Track> = new Map<string, Track>([
  ...TRACKS.map((track) => [track, track] as const),
  ...["baseline", "stable", "champion"].map((word) => [word, "control"] as const),
  ...["candidate", "treatment", "challenger"].map((word) => [word, "canary"] as const),
  ["mirror", "shadow"],
]);

export interface SpanContext {
  facts: RecordFacts;
  nowMs: number;
}

/** Why spans that were meant as requests are refused: a word for the metrics, a sentence for the sender. */
const REFUSALS = {
  ids: "trace or span id is missing, all zeros, or not of 16 and 8 bytes",
  no_time: "the start time is missing or before the year 2000",
  future: "the start time is more than a day ahead of this server's clock",
  no_application: "no application: set the resource attribute service.name or switchback.application",
} as const;

/** The word of a refusal's sentence. */
export const REFUSAL_WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries(REFUSALS).map(([word, sentence]) => [sentence, word]),
);

/** A request, or why the span cannot become one. */
export type MappedSpan = { request: NewRequest } | { refused: string };

/** Maps a span that the gate has let through. */
export function mapSpan(span: Span, slots: FieldSlots, extras: Extras, context: SpanContext): MappedSpan {
  const wrong = wrongWith(span, context.nowMs);
  if (wrong !== undefined) return { refused: wrong };
  const application = applicationOf(slots, context.facts);
  if (application === undefined) {
    return { refused: REFUSALS.no_application };
  }
  return { request: requestOf(span, { slots, extras, application, context }) };
}

function wrongWith({ traceId, spanId, start }: Span, nowMs: number): string | undefined {
  if (!isId(traceId, 16) || !isId(spanId, 8)) return REFUSALS.ids;
  if (start.ms < Date.UTC(2000, 0, 1)) return REFUSALS.no_time;
  return start.ms > nowMs + DAY_MS ? REFUSALS.future : undefined;
}

interface Parts {
  slots: FieldSlots;
  extras: Extras;
  application: string;
  context: SpanContext;
}

/** One literal without spreads: it is made for every request, and copying its parts together took a fifth of the mapping. */
function requestOf(span: Span, { slots, extras, application, context: { facts, nowMs } }: Parts): NewRequest {
  const flags: string[] = [...extras.flags, ...clockFlags(span.start.ms, nowMs)];
  const track = trackOf(span, slots, flags);
  const durationUs = durationOf(span, flags);
  const release = releaseOf({ slots, application, track, timeMs: span.start.ms }, facts);
  const ttft = timeToFirstToken({ span, slots, durationUs, flags });
  const errorType = errorTypeOf(span, slots);
  const keepsContent = facts.storesContent(application);
  const responseId = idOf(slots, "responseId");
  return {
    application,
    // The gateway's id, else the provider's id of the response (a span that is sent twice has one), else the span's own.
    requestId: idOf(slots, "requestId") ?? responseId,
    timeMs: span.start.ms,
    releaseId: release.releaseId,
    releaseSource: release.releaseSource,
    track,
    shadowOf: idOf(slots, "shadowOf"),
    traceId: span.traceId,
    spanId: span.spanId,
    responseId,
    subject: subjectOf(span, slots),
    region: shortText(slots, "region"),
    tenant: shortText(slots, "tenant"),
    segments: extras.segments,
    status: span.statusCode === STATUS_ERROR || errorType !== null ? "error" : "ok",
    errorType,
    refused: slots.truth("refused") ?? null,
    toxic: slots.truth("toxic") ?? null,
    policyViolation: slots.truth("policyViolation") ?? null,
    taskCompleted: slots.truth("taskCompleted") ?? null,
    ttftUs: ttft.ttftUs,
    ttftSide: ttft.ttftSide,
    durationUs,
    // Cached tokens are part of the input, reasoning tokens of the output: they are never added.
    inputTokens: tokens(slots, "inputTokens"),
    outputTokens: tokens(slots, "outputTokens"),
    reasoningTokens: tokens(slots, "reasoningTokens"),
    costNanoUsd: costOf(slots),
    scores: scoresOf(span, extras),
    features: extras.features,
    featureFingerprint: shortText(slots, "featureFingerprint"),
    measures: extras.measures,
    attributes: extras.attributes,
    input: keepsContent ? contentOf(slots, "input") : null,
    output: keepsContent ? contentOf(slots, "output") : null,
    sources: slots.sources(),
    flags,
  };
}

function applicationOf(slots: FieldSlots, facts: RecordFacts): string | undefined {
  const name = slots.text("application");
  // What an SDK writes when nobody has set a name.
  if (name !== undefined && !name.startsWith("unknown_service")) {
    const slug = slugOf(name);
    if (slug !== "") return slug;
  }
  return facts.applicationOf(shortText(slots, "releaseId"));
}

/** `Deploy Assistant` → `deploy-assistant`. */
export function slugOf(name: string): string {
  if (SLUG.test(name)) return name;
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, 63);
}

/** All zeros is how a tracer without a trace says so: two such spans would be taken for one. */
function isId(id: Uint8Array, bytes: number): boolean {
  return id.length === bytes && id.some((byte) => byte !== 0);
}

function trackOf(span: Span, slots: FieldSlots, flags: string[]): Track {
  if (slots.truth("isSilent") === true) return "shadow";
  const word = slots.text("track") ?? flagEvaluation(span).variant;
  if (word === undefined) return "control";
  const track = TRACK_WORDS.get(word.toLowerCase());
  if (track === undefined) flags.push("track_unknown");
  return track ?? "control";
}

function releaseOf(
  { slots, application, track, timeMs }: { slots: FieldSlots; application: string; track: Track; timeMs: number },
  facts: RecordFacts,
): Pick<NewRequest, "releaseId" | "releaseSource"> {
  const explicit = shortText(slots, "releaseId");
  if (explicit !== null) return { releaseId: explicit, releaseSource: "explicit" };
  const versions = (["appVersion", "releaseLabel", "gitCommit"] as const)
    .map((field) => slots.text(field))
    .filter((text) => text !== undefined);
  const name = slots.text("promptName");
  const version = slots.text("promptVersion");
  const prompt = name === undefined || version === undefined ? null : `${name}@${version}`;
  const model = slots.text("modelServed") ?? null;
  const { releaseId, source } = facts.resolveRelease({ application, timeMs, track, versions, prompt, model });
  return { releaseId, releaseSource: source };
}

/** Whom it was for; who the flag was evaluated for is who was routed; without either the conversation. */
function subjectOf(span: Span, slots: FieldSlots): Buffer | null {
  const subject = slots.text("subject") ?? flagEvaluation(span).contextId ?? slots.text("session");
  return subject === undefined ? null : subjectHash(subject);
}

function errorTypeOf(span: Span, slots: FieldSlots): string | null {
  const type = shortText(slots, "errorType");
  if (type !== null) return type;
  const thrown = span.events.find((event) => event.name === "exception");
  const httpStatus = slots.number("httpStatus") ?? 0;
  return textAt(thrown?.attributes, "exception.type") ?? (httpStatus >= SERVER_ERROR ? `http_${httpStatus}` : null);
}

function durationOf(span: Span, flags: string[]): number | null {
  if (span.end.ms === 0) return null;
  const microseconds = Math.round(microsecondsBetween(span.start, span.end));
  if (microseconds >= 0 && microseconds <= MOST_DURATION_US) return microseconds;
  flags.push("duration_impossible");
  return null;
}

function costOf(slots: FieldSlots): number | null {
  const cost = slots.number("costUsd");
  return cost === undefined || cost < 0 || cost > MOST_COST_USD ? null : Math.round(cost * 1e9);
}

function tokens(slots: FieldSlots, field: Field): number | null {
  const count = slots.number(field);
  return count !== undefined && Number.isInteger(count) && count >= 0 && count <= MOST_TOKENS ? count : null;
}

function contentOf(slots: FieldSlots, field: "input" | "output"): string | null {
  const value = slots.value(field);
  if (value === undefined || value === null) return null;
  return (typeof value === "string" ? value : JSON.stringify(value)).slice(0, LONGEST_CONTENT);
}

function scoresOf(span: Span, { annotations, scores }: Extras): InlineScore[] {
  if (annotations.size === 0 && span.events.length === 0) return scores;
  return [...annotationScores(annotations, span.start.ms), ...eventScores(span), ...scores];
}

function idOf(slots: FieldSlots, field: Field): string | null {
  const text = slots.text(field);
  return text === undefined || text.length > LONGEST_ID ? null : text;
}

function shortText(slots: FieldSlots, field: Field): string | null {
  return slots.text(field)?.slice(0, LONGEST_TEXT) ?? null;
}

function textAt(attributes: Span["attributes"] | undefined, key: string): string | null {
  const value: AttributeValue | undefined = attributes?.values[attributes.keys.indexOf(key)];
  return typeof value === "string" && value !== "" ? value.slice(0, LONGEST_TEXT) : null;
}
