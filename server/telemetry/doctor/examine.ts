/** The intake doctor: what a pasted body would become, by the very code that takes it in. Nothing is stored. */
import { DomainError, invalidInput } from "@/server/domain/errors";
import { countWords } from "@/server/domain/words/count-words";
import { readRequests, readScores } from "@/server/telemetry/json-records";
import { mapTraces } from "@/server/telemetry/mapper/map-traces";
import { BodyError } from "@/server/telemetry/read-body";
import type { RecordFacts } from "@/server/telemetry/record-facts";
import { OUTCOMES, type DoctorRecord, type DoctorReport } from "./doctor-report";
import { explainLog } from "./explain-log";
import { explainRequests, explainScores } from "./explain-record";
import { explainSpan, insideAnother, type SpanCase } from "./explain-span";
import { readPayload, type Payload } from "./read-payload";

/** Records that are explained in full; the rest is counted. */
const MOST_EXPLAINED = 50;

export interface DoctorContext {
  facts: RecordFacts;
  nowMs: number;
  /** Bound of the body, also after decompression. */
  maxBytes: number;
  /** Whose a record is that does not say. */
  application?: string | undefined;
}

/** @throws DomainError `invalid_input` or `too_large` for a body that is none of the forms. */
export function examine(bytes: Buffer, context: DoctorContext): DoctorReport {
  const payload = readPayload(bytes, { maxBytes: context.maxBytes, application: context.application });
  const records = explained(payload, context);
  const count = (outcome: DoctorRecord["outcome"]): number => records.filter((one) => one.outcome === outcome).length;
  const counts = {
    request: count("request"),
    score: count("score"),
    passed_over: count("passed_over"),
    refused: count("refused"),
  };
  return {
    form: payload.form,
    ...verdict(records, counts),
    remarks: payload.remarks,
    counts,
    records: records.slice(0, MOST_EXPLAINED),
    recordsLeftOut: Math.max(0, records.length - MOST_EXPLAINED),
  };
}

function explained(payload: Payload, context: DoctorContext): DoctorRecord[] {
  try {
    return explain(payload, context);
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    throw error.status === 413 ? new DomainError("too_large", error.message) : invalidInput(error.message);
  }
}

function explain(payload: Payload, context: DoctorContext): DoctorRecord[] {
  switch (payload.kind) {
    case "traces":
      return explainTraces(payload, context);
    case "logs":
      return payload.groups
        .flatMap(({ records }) => records)
        .map((record, index) => explainLog(record, { index, nowMs: context.nowMs }));
    case "requests":
      return explainRequests(readRequests(payload.body, payload.contentType, context), {
        sent: payload.records,
        facts: context.facts,
      });
    case "scores":
      return explainScores(readScores(payload.body, payload.contentType, context), payload.records);
  }
}

function explainTraces({ groups }: Extract<Payload, { kind: "traces" }>, context: DoctorContext): DoctorRecord[] {
  const cases: SpanCase[] = [];
  const { requests } = mapTraces(groups, context, (reading) => {
    cases.push(explainSpan(reading, { index: cases.length, facts: context.facts }));
  });
  const counted = new Set(requests);
  return cases.map(({ record, request }) =>
    request === undefined || counted.has(request) ? record : insideAnother(record),
  );
}

const WORDS: Readonly<Record<DoctorRecord["outcome"], string>> = {
  request: "would become a request",
  score: "would become a score",
  passed_over: "would be passed over",
  refused: "would be refused",
};

function verdict(
  records: readonly DoctorRecord[],
  counts: DoctorReport["counts"],
): Pick<DoctorReport, "sentence" | "tone"> {
  if (records.length === 0) return { sentence: "The body holds no record.", tone: "review" };
  const [only] = records;
  const parts = OUTCOMES.filter((outcome) => counts[outcome] > 0).map(
    (outcome) => `${counts[outcome]} ${WORDS[outcome]}`,
  );
  const sum =
    records.length === 1 && only !== undefined
      ? `This record ${WORDS[only.outcome]}`
      : `Of ${countWords(records.length, "record")} ${parts.join(", ")}`;
  const refused = records.find(({ outcome }) => outcome === "refused");
  if (refused !== undefined) return { sentence: `${sum}. ${refused.why}`, tone: "breach" };
  if (counts.request + counts.score === 0) {
    return { sentence: `${sum}: nothing of this would be seen. ${only?.why ?? ""}`, tone: "review" };
  }
  const problem = records.flatMap(({ problems }) => problems)[0];
  const gap = records.flatMap(({ missing }) => missing)[0];
  if (problem !== undefined) return { sentence: `${sum}. ${problem.problem}.`, tone: "review" };
  if (gap !== undefined) return { sentence: `${sum}. It carries no ${gap.label}: ${gap.consequence}.`, tone: "review" };
  return { sentence: `${sum}, and nothing that decisions need is missing.`, tone: "ok" };
}
