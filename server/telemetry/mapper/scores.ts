/** Scores out of telemetry: evaluation events of the GenAI conventions, annotations and evaluations of OpenInference. */
import type { InlineScore, NewScore } from "@/server/store/sqlite/new-request";
import type { Attributes, AttributeValue, LogRecord, Span } from "@/server/telemetry/otlp/span";
import { attribute } from "@/server/telemetry/otlp/span";

const EVALUATION_EVENT = "gen_ai.evaluation.result";
const LONGEST_NAME = 128;

/** Words that judges use instead of a number. */
const LABELS: ReadonlyMap<string, number> = new Map([
  ...["pass", "passed", "true", "yes", "correct", "relevant", "factual", "grounded"].map((word) => [word, 1] as const),
  ...["fail", "failed", "false", "no", "incorrect", "irrelevant", "hallucinated", "ungrounded"].map(
    (word) => [word, 0] as const,
  ),
]);

/** A score without its target, or why it is none. */
type ReadScore = { ok: true; score: InlineScore } | { ok: false; message: string };

/** The score of an evaluation event's attributes. */
function evaluationScore(attributes: Attributes, timeMs: number): ReadScore {
  const name = attribute(attributes, "gen_ai.evaluation.name");
  const value = attribute(attributes, "gen_ai.evaluation.score.value");
  const label = attribute(attributes, "gen_ai.evaluation.score.label");
  const judge = attribute(attributes, "switchback.judge");
  return readScore({ name, value, label, judge, timeMs });
}

/** `annotations.<i>.annotation.*` or `evaluations.<i>.evaluation.*`, given by index and part. */
export function readAnnotations(
  parts: ReadonlyMap<string, ReadonlyMap<string, AttributeValue>>,
  timeMs: number,
): ReadScore[] {
  return [...parts.values()].map((part) =>
    readScore({
      name: part.get("name"),
      value: part.get("score"),
      label: part.get("label"),
      judge: part.get("identifier") ?? part.get("annotator_kind"),
      timeMs,
    }),
  );
}

/** Evaluation events of a span. */
export function readEvents(span: Span): ReadScore[] {
  return span.events
    .filter((event) => event.name === EVALUATION_EVENT)
    .map((event) => evaluationScore(event.attributes, event.time.ms));
}

/** The scores of `readAnnotations`. */
export function annotationScores(...given: Parameters<typeof readAnnotations>): InlineScore[] {
  return readAnnotations(...given).flatMap(scoreOf);
}

/** The scores of `readEvents`. */
export function eventScores(span: Span): InlineScore[] {
  return readEvents(span).flatMap(scoreOf);
}

function scoreOf(read: ReadScore): InlineScore[] {
  return read.ok ? [read.score] : [];
}

/** Whether a log record is an evaluation event: named by OTLP's own member, or by the attribute that it replaced. */
export function isEvaluation(record: LogRecord): boolean {
  return record.eventName === EVALUATION_EVENT || attribute(record.attributes, "event.name") === EVALUATION_EVENT;
}

/** The score of a log record, with what it is about: its span, else a response, else a request. */
export function logScore(record: LogRecord, nowMs: number): { score: NewScore } | { message: string } {
  const read = evaluationScore(record.attributes, record.time.ms === 0 ? nowMs : record.time.ms);
  if (!read.ok) return { message: read.message };
  const target = targetOf(record);
  if (target === undefined) {
    return {
      message: `${EVALUATION_EVENT} names nothing it is about: no span, gen_ai.response.id or switchback.request.id`,
    };
  }
  return { score: { ...read.score, ...target } };
}

function targetOf({ traceId, spanId, attributes }: LogRecord): Pick<NewScore, "targetKind" | "target"> | undefined {
  if (traceId.length === 16 && spanId.length === 8) return spanTarget({ traceId, spanId });
  const response = attribute(attributes, "gen_ai.response.id");
  if (typeof response === "string" && response !== "") return { targetKind: "response", target: response };
  const request = attribute(attributes, "switchback.request.id");
  return typeof request === "string" && request !== "" ? { targetKind: "request", target: request } : undefined;
}

/** A span as the target of a score. */
export function spanTarget({ traceId, spanId }: { traceId: Buffer; spanId: Buffer }): {
  targetKind: "span";
  target: string;
} {
  return { targetKind: "span", target: `${traceId.toString("hex")}-${spanId.toString("hex")}` };
}

function readScore(parts: {
  name: AttributeValue | undefined;
  value: AttributeValue | undefined;
  label: AttributeValue | undefined;
  judge: AttributeValue | undefined;
  timeMs: number;
}): ReadScore {
  const name = typeof parts.name === "string" ? scoreName(parts.name) : "";
  if (name === "") return { ok: false, message: "the evaluation has no name (gen_ai.evaluation.name)" };
  const value = numberOf(parts.value) ?? labelValue(parts.label);
  if (value === undefined) {
    return { ok: false, message: `the evaluation ${name} has no number (gen_ai.evaluation.score.value)` };
  }
  const judge = typeof parts.judge === "string" && parts.judge !== "" ? parts.judge : null;
  return { ok: true, score: { name, value, judge, timeMs: parts.timeMs } };
}

/** `Answer Relevance` → `answer_relevance`, so that a policy can name it. */
function scoreName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "")
    .slice(0, LONGEST_NAME);
}

function numberOf(value: AttributeValue | undefined): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && Math.abs(number) <= 9e9 ? number : undefined;
}

function labelValue(label: AttributeValue | undefined): number | undefined {
  return typeof label === "string" ? LABELS.get(label.trim().toLowerCase()) : undefined;
}
