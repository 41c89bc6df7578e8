/** What the doctor says of a pasted body: per record, field by field. Everything is text, to be shown as text. */
import { z } from "zod";

/** What a record would become. `passed_over` is not an error: gateways send whole traces. */
export const OUTCOMES = ["request", "score", "passed_over", "refused"] as const;

/** One field as it was understood. */
const DoctorField = z.object({
  /** The word of a Request record: `ttftMs`. */
  field: z.string(),
  label: z.string(),
  /** With its unit. */
  value: z.string(),
  /** The key that fed it; null for what follows from other facts. */
  key: z.string().nullable(),
  place: z.enum(["own", "span", "resource", "metadata", "record", "derived"]),
  /** Whose convention the key is of; null for a key of none. */
  convention: z.string().nullable(),
  note: z.string().nullable(),
});

/** Something that is not there: what follows, and what to do. */
const DoctorGap = z.object({
  field: z.string(),
  label: z.string(),
  lookedFor: z.array(z.string()),
  consequence: z.string(),
  remedy: z.string(),
});

/** Something that is there and could not be used. */
const DoctorProblem = z.object({ key: z.string().nullable(), problem: z.string(), remedy: z.string() });

/** A key that fed no field, and where its value goes. */
const DoctorUnused = z.object({ key: z.string(), value: z.string(), why: z.string() });

export const DoctorRecord = z.object({
  /** Its place in the body, from 0. */
  index: z.number().int(),
  title: z.string(),
  outcome: z.enum(OUTCOMES),
  /** Why, in one sentence. */
  why: z.string(),
  /** Conventions that its keys are of, most keys first. */
  conventions: z.array(z.string()),
  fields: z.array(DoctorField),
  missing: z.array(DoctorGap),
  problems: z.array(DoctorProblem),
  unused: z.array(DoctorUnused),
});

export const DoctorReport = z.object({
  /** What the body was taken for: `OTLP traces, protobuf`. */
  form: z.string(),
  /** One sentence for the whole of it. */
  sentence: z.string(),
  tone: z.enum(["ok", "review", "breach"]),
  /** Remarks on the body as a whole. */
  remarks: z.array(z.string()),
  counts: z.object({
    request: z.number().int(),
    score: z.number().int(),
    passed_over: z.number().int(),
    refused: z.number().int(),
  }),
  /** The first records; `counts` is of all. */
  records: z.array(DoctorRecord),
  recordsLeftOut: z.number().int(),
});

export type DoctorField = z.infer<typeof DoctorField>;
export type DoctorGap = z.infer<typeof DoctorGap>;
export type DoctorProblem = z.infer<typeof DoctorProblem>;
export type DoctorUnused = z.infer<typeof DoctorUnused>;
export type DoctorRecord = z.infer<typeof DoctorRecord>;
export type DoctorReport = z.infer<typeof DoctorReport>;

const LONGEST_VALUE = 200;

/** A value as text of a bearable length. */
export function shown(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}… (${text.length} characters)` : text;
}

/** Conventions by how many of the fields they fed. */
export function conventionsOf(fields: readonly DoctorField[]): string[] {
  const counts = new Map<string, number>();
  for (const { convention } of fields) {
    if (convention !== null) counts.set(convention, (counts.get(convention) ?? 0) + 1);
  }
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([name]) => name);
}
