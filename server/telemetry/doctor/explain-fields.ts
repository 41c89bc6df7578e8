/** The fields of one span as they were understood, and what of them could not be used. */
import { TRACKS } from "@/server/domain/vocabulary";
import { countDigits, countWords } from "@/server/domain/words/count-words";
import { capitalised } from "@/server/domain/words/sentence";
import { subjectHash } from "@/server/store/sqlite/subject-hash";
import { conventionOf } from "@/server/telemetry/mapper/conventions";
import { FIELDS, type Field } from "@/server/telemetry/mapper/field-keys";
import type { FieldSlots } from "@/server/telemetry/mapper/field-slots";
import type { NewRequest } from "@/server/store/sqlite/new-request";
import { shown, type DoctorField, type DoctorProblem } from "./doctor-report";
import { FIELD_WORDS, type FieldKind } from "./field-words";

const LONGEST_ID = 128;
const MOST_TOKENS = 1e9;
const MOST_COST_USD = 1e6;

/** A value that reads as it should, or what is wrong with it. */
type Reading = { value: string; note?: string } | { problem: string; remedy: string };

export interface FieldsInput {
  slots: FieldSlots;
  /** The request that the span became; undefined where it is none. */
  request: NewRequest | undefined;
  storesContent: boolean;
}

/** Every field that has a value; `unread` are those whose value could not be used. */
export function explainFields(input: FieldsInput): {
  fields: DoctorField[];
  problems: DoctorProblem[];
  unread: Set<string>;
} {
  const fields: DoctorField[] = [];
  const unread = new Set<string>();
  const problems: DoctorProblem[] = [];
  for (const field of FIELDS) {
    const place = input.slots.place(field);
    if (place === undefined) continue;
    const { label, kind } = FIELD_WORDS[field];
    const key = input.slots.key(field);
    const reading = READERS[kind](field, input);
    if ("problem" in reading) {
      unread.add(field);
      problems.push({ key, problem: `${capitalised(label)}: ${reading.problem}`, remedy: reading.remedy });
      continue;
    }
    const note = reading.note ?? NOTES[field]?.(input) ?? null;
    fields.push({ field, label, value: reading.value, key, place, convention: conventionOf(key) ?? null, note });
  }
  return { fields, problems, unread };
}

const READERS: Readonly<Record<FieldKind, (field: Field, input: FieldsInput) => Reading>> = {
  text: (field, { slots }) => textReading(slots.text(field)),
  // One for each choice, as the conventions have it; most emitters send one text.
  texts: (field, { slots }) => {
    const value = slots.value(field);
    const isTexts = Array.isArray(value) && value.every((one) => typeof one === "string");
    return textReading(isTexts ? value.join(", ") : slots.text(field));
  },
  id: (field, { slots }) => idReading(slots.text(field)),
  subject: (field, { slots }) => subjectReading(slots.text(field)),
  content: (field, { slots, storesContent }) => {
    const value = slots.value(field);
    const length = (typeof value === "string" ? value : JSON.stringify(value ?? "")).length;
    const note = storesContent ? "kept: the application stores text" : "not kept: the application does not store text";
    return { value: countWords(length, "character"), note };
  },
  truth: (field, { slots }) => {
    const truth = slots.truth(field);
    if (truth !== undefined) return { value: truth ? "yes" : "no" };
    return wrong(slots, { field, what: "neither true nor false", remedy: "send true or false, 1 or 0, yes or no" });
  },
  tokens: (field, { slots }) => {
    const count = slots.number(field);
    const isCount = count !== undefined && Number.isInteger(count) && count >= 0 && count <= MOST_TOKENS;
    if (isCount) return { value: `${countDigits(count)} tokens` };
    return wrong(slots, { field, what: "no whole number of tokens", remedy: "send a whole number, at most 1e9" });
  },
  milliseconds: (field, { slots }) => {
    const ms = slots.number(field);
    if (ms !== undefined) return { value: `${rounded(ms)} ms` };
    return wrong(slots, { field, what: "no number", remedy: "send a number in the key’s unit" });
  },
  usd: (field, { slots }) => {
    const usd = slots.number(field);
    if (usd !== undefined && usd >= 0 && usd <= MOST_COST_USD) return { value: `$${rounded(usd)}` };
    return wrong(slots, { field, what: "no amount in US dollars", remedy: "send US dollars, not negative" });
  },
  track: (field, { slots, request }) => {
    const word = slots.text(field);
    if (request === undefined || !request.flags.includes("track_unknown")) {
      return {
        value: request?.track ?? word ?? "",
        ...(request?.track === word ? {} : { note: `sent as ${shown(word)}` }),
      };
    }
    return wrong(slots, { field, what: "no track: counted as control", remedy: `send ${TRACKS.join(", ")}` });
  },
};

function textReading(text: string | undefined): Reading {
  if (text !== undefined) return { value: shown(text) };
  return { problem: "the value is a list or a map", remedy: "send a text" };
}

function idReading(text: string | undefined): Reading {
  if (text === undefined) return textReading(text);
  if (text.length <= LONGEST_ID) return { value: text };
  return {
    problem: `${text.length} characters are too many for an id: left out`,
    remedy: `send at most ${LONGEST_ID}`,
  };
}

function subjectReading(text: string | undefined): Reading {
  if (text === undefined) return textReading(text);
  return { value: subjectHash(text).toString("hex"), note: "kept as this part of its SHA-256 only" };
}

function wrong(slots: FieldSlots, { field, what, remedy }: { field: Field; what: string; remedy: string }): Reading {
  return { problem: `“${shown(slots.value(field))}” is ${what}`, remedy };
}

/** What a reader may not expect of a field. */
const NOTES: Readonly<Partial<Record<Field, (input: FieldsInput) => string | undefined>>> = {
  ttftMs: ({ request }) =>
    request !== undefined && request.ttftUs === null
      ? "not counted: it cannot be"
      : "measured by the client: counts as ttft_ms",
  serverTtftMs: ({ slots }) =>
    slots.has("ttftMs")
      ? "measured by the server: not counted, since the client’s is there"
      : "measured by the server: counts as server_ttft_ms, never together with ttft_ms",
  inputTokens: ({ slots }) =>
    slots.has("cacheReadTokens") ? "tokens read from a cache are part of these, never added" : undefined,
  outputTokens: ({ slots }) =>
    slots.has("reasoningTokens") ? "reasoning tokens are part of these, never added" : undefined,
  application: ({ slots, request }) =>
    request !== undefined && request.application !== slots.text("application")
      ? `written as ${request.application}`
      : undefined,
};

/** Six significant digits: binary dust is not what was sent. */
function rounded(value: number): string {
  return String(Number(value.toPrecision(6)));
}
