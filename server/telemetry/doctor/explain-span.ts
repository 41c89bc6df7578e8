/** One span, explained: what it became and why, what was understood, what is missing, and what nothing was made of. */
import { toRfc3339 } from "@/server/domain/time";
import { capitalised } from "@/server/domain/words/sentence";
import { textOfId } from "@/server/store/sqlite/request-writer";
import type { NewRequest } from "@/server/store/sqlite/new-request";
import { FIELDS } from "@/server/telemetry/mapper/field-keys";
import { planOf, ownPlansOf, type KeyPlan } from "@/server/telemetry/mapper/key-plan";
import type { SpanReading } from "@/server/telemetry/mapper/map-traces";
import { gateRefusal, type GateRefusal } from "@/server/telemetry/mapper/request-gate";
import { readAnnotations, readEvents } from "@/server/telemetry/mapper/scores";
import type { Attributes } from "@/server/telemetry/otlp/span";
import type { RecordFacts } from "@/server/telemetry/record-facts";
import { conventionOf } from "@/server/telemetry/mapper/conventions";
import {
  conventionsOf,
  shown,
  type DoctorField,
  type DoctorProblem,
  type DoctorRecord,
  type DoctorUnused,
} from "./doctor-report";
import { explainFields } from "./explain-fields";
import { explainGaps } from "./explain-gaps";
import { FIELD_WORDS, keysLookedFor } from "./field-words";
import { flagProblems } from "./flag-words";

/** What is known of a span before its trace has been read to the end. */
export interface SpanCase {
  record: DoctorRecord;
  request: NewRequest | undefined;
}

/** Explains a span while its slots are filled. */
export function explainSpan(reading: SpanReading, { index, facts }: { index: number; facts: RecordFacts }): SpanCase {
  const { span, slots, extras, result } = reading;
  const request = result !== undefined && "request" in result ? result.request : undefined;
  const application = request?.application ?? slots.text("application") ?? "";
  const { fields, problems, unread } = explainFields({
    slots,
    request,
    storesContent: facts.storesContent(application),
  });
  const scores = [...readEvents(span), ...readAnnotations(extras.annotations, span.start.ms)];
  const rows = [...fields, ...derivedFields(request), ...ownRows(reading, scores)];
  const record: DoctorRecord = {
    index,
    title: span.name === "" ? `span ${span.spanId.toString("hex")}` : shown(span.name),
    ...outcomeOf(reading, { request, scored: scores.some(({ ok }) => ok) }),
    conventions: conventionsOf(rows),
    fields: rows,
    missing: gapsOf(reading, { facts, request, application }).filter((gap) => !unread.has(gap.field)),
    problems: [...problems, ...flagProblems(request?.flags ?? extras.flags, ttftKey(slots)), ...scoreProblems(scores)],
    unused: unusedKeys(reading, { facts, application }),
  };
  return { record, request };
}

function ttftKey(slots: SpanReading["slots"]): string | null {
  const field = (["ttftMs", "serverTtftMs", "completionStart"] as const).find((name) => slots.has(name));
  return field === undefined ? null : slots.key(field);
}

/** A request inside another, which only shows when the whole trace has been read. */
export function insideAnother(record: DoctorRecord): DoctorRecord {
  const why =
    "It asks a model, but inside another span that does: of nested calls only the outermost counts, so that tokens count once.";
  return { ...record, outcome: "passed_over", why, missing: [] };
}

function outcomeOf(
  { slots, result }: SpanReading,
  { request, scored }: { request: NewRequest | undefined; scored: boolean },
): Pick<DoctorRecord, "outcome" | "why"> {
  if (request !== undefined) {
    const model = slots.text("modelServed") ?? "";
    const operation = slots.text("operation");
    const asked = operation === undefined ? "names a model and no operation" : `asks for ${shown(operation)}`;
    return { outcome: "request", why: `It ${asked}, model ${shown(model)}: one request of ${request.application}.` };
  }
  if (result !== undefined && "refused" in result)
    return { outcome: "refused", why: `${capitalised(result.refused)}.` };
  if (scored) return { outcome: "score", why: "It asks no model; what it carries are scores." };
  return { outcome: "passed_over", why: GATE_WORDS[gateRefusal(slots) ?? "no_model"](slots) };
}

const GATE_WORDS: Readonly<Record<GateRefusal, (slots: SpanReading["slots"]) => string>> = {
  no_model: () => "It names no model, so it is no request.",
  outer_call: () => "It repeats the inner span of each model call (….doStream, ….doGenerate), which counts.",
  other_operation: (slots) =>
    `Its operation “${shown(slots.text("operation"))}” asks no model for an answer: agents, chains, tools and retrievers around a request would count its tokens twice.`,
};

/** What follows from the span itself, without a key. */
function derivedFields(request: NewRequest | undefined): DoctorField[] {
  if (request === undefined) return [];
  const { timeMs, durationUs, ttftUs, ttftSide, releaseSource, releaseId } = request;
  return [
    derived("time", { label: "time", value: toRfc3339(timeMs), note: "the span’s start" }),
    ...(durationUs === null
      ? []
      : [
          derived("durationMs", {
            label: "duration",
            value: `${durationUs / 1000} ms`,
            note: "the span’s start to its end",
          }),
        ]),
    ...(ttftUs === null
      ? []
      : [
          derived("ttft", {
            label: "time to first token counted",
            value: `${ttftUs / 1000} ms`,
            note: `${ttftSide ?? ""} side`,
          }),
        ]),
    derived("status", { label: "status", value: request.status, note: request.errorType }),
    derived("countedTrack", {
      label: "counted on track",
      value: request.track,
      note: request.track === "control" ? "unless something says otherwise" : null,
    }),
    derived("id", { label: "known as request", value: textOfId(request), note: idNote(request) }),
    ...(releaseSource === "explicit"
      ? []
      : [
          derived("release", {
            label: "counted for release",
            value: releaseId ?? "none",
            note: RELEASE_WAYS[releaseSource],
          }),
        ]),
  ];
}

function derived(field: string, row: Pick<DoctorField, "label" | "value" | "note">): DoctorField {
  return { field, ...row, key: null, place: "derived", convention: null };
}

function idNote({ requestId, responseId }: NewRequest): string | null {
  if (requestId === null) return "trace and span";
  return requestId === responseId ? "the response’s id" : null;
}

const RELEASE_WAYS = {
  version: "found by version, label, commit, or prompt and model",
  alias: "found by what the alias served at its time",
  unknown: "none could be found",
} as const;

/** Segments, measures, features and scores by their own names. */
function ownRows({ extras }: SpanReading, scores: ReturnType<typeof readEvents>): DoctorField[] {
  const row = (kind: string, name: string, value: unknown, key: string | null): DoctorField => ({
    field: `${kind}.${name}`,
    label: `${kind} ${name}`,
    value: shown(value),
    key,
    place: "span",
    convention: key === null ? null : (conventionOf(key) ?? null),
    note: null,
  });
  return [
    ...Object.entries(extras.segments ?? {}).map(([name, value]) =>
      row("segment", name, value, `switchback.segment.${name}`),
    ),
    ...Object.entries(extras.measures ?? {}).map(([name, value]) =>
      row("measure", name, value, `switchback.measure.${name}`),
    ),
    ...extras.features.map(({ view, name, value }) =>
      row("feature", `${view}.${name}`, value, `switchback.feature.${view}.${name}`),
    ),
    ...extras.scores.map(({ name, value }) => row("score", name, value, `switchback.score.${name}`)),
    ...scores.flatMap((read) => (read.ok ? [row("score", read.score.name, read.score.value, null)] : [])),
  ];
}

function scoreProblems(scores: ReturnType<typeof readEvents>): DoctorProblem[] {
  return scores.flatMap((read) =>
    read.ok
      ? []
      : [
          {
            key: null,
            problem: `A score was left out: ${read.message}`,
            remedy: "send a name, and a number or a word like pass or fail",
          },
        ],
  );
}

interface About {
  facts: RecordFacts;
  application: string;
}

function gapsOf(reading: SpanReading, about: About & { request: NewRequest | undefined }): DoctorRecord["missing"] {
  const { request, facts } = about;
  return request === undefined ? gateGaps(reading, about) : explainGaps({ request, slots: reading.slots, facts });
}

/** For a span that might have been meant as a request: what would have made it one. */
function gateGaps({ slots, result }: SpanReading, { facts, application }: About): DoctorRecord["missing"] {
  const own = facts.telemetryKeys(application);
  if (result !== undefined && !slots.has("application")) {
    return [
      {
        field: "application",
        label: FIELD_WORDS.application.label,
        lookedFor: keysLookedFor("application", own),
        consequence: "nobody knows whose request it is: it is refused",
        remedy: "set service.name, or switchback.application where the service is called otherwise",
      },
    ];
  }
  if (gateRefusal(slots) !== "no_model" || !slots.has("operation")) return [];
  return [
    {
      field: "modelServed",
      label: FIELD_WORDS.modelServed.label,
      lookedFor: keysLookedFor("modelServed", own),
      consequence: "a span that names no model is taken for an agent, a chain or a tool, and passed over",
      remedy: "send gen_ai.request.model, and gen_ai.response.model where the provider says which answered",
    },
  ];
}

/** Keys that fed no field, with where their values go instead. */
function unusedKeys({ span, resource, slots }: SpanReading, { facts, application }: About): DoctorUnused[] {
  const own = ownPlansOf(facts.telemetryKeys(application));
  const segmentKeys = facts.segmentKeys(application);
  const list = ({ keys, values }: Attributes, place: "span" | "resource"): DoctorUnused[] =>
    keys.flatMap((key, at) => {
      const plan = planOf(key, place, own);
      if (segmentKeys.includes(key) || plan.own !== undefined || plan.annotation !== undefined || plan.isBlob)
        return [];
      const why = whyUnused(plan, place, slots);
      return why === undefined ? [] : [{ key, value: isHidden(plan) ? "…" : shown(values[at] ?? null), why }];
    });
  return [...list(span.attributes, "span"), ...list(resource, "resource")];
}

function isHidden({ isContent, isPrivate, isSubject }: KeyPlan): boolean {
  return isContent || isPrivate || isSubject;
}

function whyUnused(plan: KeyPlan, place: "span" | "resource", slots: SpanReading["slots"]): string | undefined {
  const fields = plan.feeds.flatMap(({ field }) => FIELDS[field] ?? []);
  const [first] = fields;
  if (first === undefined) {
    if (plan.isContent) return "request or response text under another key than the field’s: not kept";
    if (plan.isPrivate)
      return "no field has this key, and by its name it holds text or a secret: only a number is kept";
    if (place === "resource") return "no field has this key; of a resource nothing else is kept";
    return "no field has this key; kept with a request as its attribute";
  }
  if (fields.some((field) => slots.key(field) === plan.key)) return undefined;
  const winner = slots.key(first);
  return winner === "" ? "its value is empty" : `${FIELD_WORDS[first].label}: ${winner} is tried first`;
}
