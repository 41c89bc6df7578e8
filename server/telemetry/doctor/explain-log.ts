/** One log record, explained: evaluation events are scores, everything else is passed over. */
import { isEvaluation, logScore } from "@/server/telemetry/mapper/scores";
import { conventionOf } from "@/server/telemetry/mapper/conventions";
import { attribute, type LogRecord } from "@/server/telemetry/otlp/span";
import { conventionsOf, shown, type DoctorField, type DoctorRecord } from "./doctor-report";

const MEMBERS = [
  ["name", "score", "gen_ai.evaluation.name"],
  ["value", "value", "gen_ai.evaluation.score.value"],
  ["label", "label", "gen_ai.evaluation.score.label"],
  ["judge", "judge", "switchback.judge"],
  ["response", "response it is about", "gen_ai.response.id"],
  ["request", "request it is about", "switchback.request.id"],
] as const;

const REMEDY = "see gen_ai.evaluation.result in the GenAI conventions";

export function explainLog(record: LogRecord, { index, nowMs }: { index: number; nowMs: number }): DoctorRecord {
  const name = record.eventName === "" ? (attribute(record.attributes, "event.name") ?? "") : record.eventName;
  const base = {
    index,
    title: name === "" ? `record ${index + 1}` : shown(name),
    missing: [],
    problems: [],
    unused: [],
  };
  if (!isEvaluation(record)) {
    const why = "Of log records only the event gen_ai.evaluation.result is read.";
    return { ...base, outcome: "passed_over", why, conventions: [], fields: [] };
  }
  const fields = fieldsOf(record);
  const read = logScore(record, nowMs);
  const conventions = conventionsOf(fields);
  if ("score" in read) {
    const { targetKind, target, value, name: score } = read.score;
    const row: DoctorField = {
      field: "counted",
      label: `counted as ${score}_score`,
      value: String(value),
      key: null,
      place: "derived",
      convention: null,
      note: null,
    };
    return {
      ...base,
      outcome: "score",
      why: `A score of ${targetKind} ${target}.`,
      conventions,
      fields: [...fields, row],
    };
  }
  const problems = [{ key: null, problem: read.message, remedy: REMEDY }];
  return { ...base, outcome: "refused", why: `Refused: ${read.message}.`, conventions, fields, problems };
}

function fieldsOf({ attributes }: LogRecord): DoctorField[] {
  return MEMBERS.flatMap(([field, label, key]) => {
    const value = attribute(attributes, key);
    if (value === undefined || value === null) return [];
    return [
      { field, label, value: shown(value), key, place: "span", convention: conventionOf(key) ?? null, note: null },
    ];
  });
}
