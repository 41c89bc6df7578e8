/** One of our own request or score records, explained: members as understood, members that nothing reads. */
import type { Issue } from "@/server/domain/errors";
import { RequestInput, ScoreInput } from "@/server/domain/request/request-record";
import { toRfc3339 } from "@/server/domain/time";
import { countDigits } from "@/server/domain/words/count-words";
import type { NewRequest, NewScore } from "@/server/store/sqlite/new-request";
import type { ReadRecords } from "@/server/telemetry/json-records";
import type { RecordFacts } from "@/server/telemetry/record-facts";
import { isObject } from "./console-span";
import {
  shown,
  type DoctorField,
  type DoctorGap,
  type DoctorProblem,
  type DoctorRecord,
  type DoctorUnused,
} from "./doctor-report";
import { flagProblems } from "./flag-words";

const OWN = "Switchback";

/** Records as a body of ours holds them, in order; `sent` are its members as they came. */
export function explainRequests(
  { records, indexes, rejected }: ReadRecords<NewRequest>,
  { sent, facts }: { sent: readonly unknown[]; facts: RecordFacts },
): DoctorRecord[] {
  const made = records.map((request, at): DoctorRecord => {
    const index = indexes[at] ?? 0;
    const input = sent[index];
    return {
      index,
      title: request.requestId ?? "",
      outcome: "request",
      why: `A request of ${request.application}.`,
      conventions: [OWN],
      fields: [...membersOf(input, RequestInput.shape, requestNote(request, facts)), ...derived(request, input)],
      missing: gapsOf(request, input),
      problems: flagProblems(request.flags),
      unused: unknownMembers(input, RequestInput.shape),
    };
  });
  return inOrder(
    made,
    rejected.map((issue) => refusal(issue, sent[issue.index], RequestInput.shape)),
  );
}

/** The same for scores. */
export function explainScores(
  { records, indexes, rejected }: ReadRecords<NewScore>,
  sent: readonly unknown[],
): DoctorRecord[] {
  const made = records.map((score, at): DoctorRecord => {
    const index = indexes[at] ?? 0;
    return {
      index,
      title: `${score.name} of ${score.target}`,
      outcome: "score",
      why: `A score of request ${score.target}; it waits for its request for up to a week.`,
      conventions: [OWN],
      fields: membersOf(sent[index], ScoreInput.shape, () => null),
      missing: score.judge === null ? [JUDGE] : [],
      problems: [],
      unused: unknownMembers(sent[index], ScoreInput.shape),
    };
  });
  return inOrder(
    made,
    rejected.map((issue) => refusal(issue, sent[issue.index], ScoreInput.shape)),
  );
}

const JUDGE: DoctorGap = {
  field: "judge",
  label: "judge",
  lookedFor: ["judge"],
  consequence:
    "the score is taken for one of the judge that the release declares; a second judge’s score of the same name would be a duplicate",
  remedy: "send judge, e.g. groundedness@3",
};

function inOrder(made: readonly DoctorRecord[], refused: readonly DoctorRecord[]): DoctorRecord[] {
  return [...made, ...refused].toSorted((a, b) => a.index - b.index);
}

function refusal(issue: Issue & { index: number }, input: unknown, shape: object): DoctorRecord {
  const id = isObject(input) ? input["requestId"] : undefined;
  const problem: DoctorProblem = {
    key: issue.pointer === "" ? null : issue.pointer,
    problem: issue.message,
    remedy: "the other records of its batch are kept",
  };
  return {
    index: issue.index,
    title: typeof id === "string" ? shown(id) : `record ${issue.index + 1}`,
    outcome: "refused",
    why: `Refused: ${issue.pointer === "" ? "" : `${issue.pointer} `}${issue.message}.`,
    conventions: [],
    fields: [],
    missing: [],
    problems: [problem],
    unused: unknownMembers(input, shape),
  };
}

function membersOf(input: unknown, shape: object, note: (member: string) => string | null): DoctorField[] {
  if (!isObject(input)) return [];
  return Object.entries(input)
    .filter(([member, value]) => member in shape && value !== null)
    .map(([member, value]) => ({
      field: member,
      label: WORDS[member] ?? member,
      value: PRIVATE.has(member) ? "…" : `${shown(value)}${UNITS[member] ?? ""}`,
      key: `/${member}`,
      place: "record",
      convention: OWN,
      note: note(member),
    }));
}

const PRIVATE: ReadonlySet<string> = new Set(["input", "output", "subject"]);
const UNITS: Readonly<Record<string, string>> = {
  ttftMs: " ms",
  durationMs: " ms",
  inputTokens: " tokens",
  outputTokens: " tokens",
  reasoningTokens: " tokens",
  costUsd: " US dollars",
};
const WORDS: Readonly<Record<string, string>> = {
  requestId: "request id",
  releaseId: "release id",
  shadowOf: "request it shadows",
  ttftMs: "time to first token",
  durationMs: "duration",
  costUsd: "cost",
  inputTokens: "input tokens",
  outputTokens: "output tokens",
  reasoningTokens: "reasoning tokens",
  traceId: "trace id",
  errorType: "error type",
  taskCompleted: "task completed",
  policyViolation: "policy violation",
};

function requestNote(request: NewRequest, facts: RecordFacts): (member: string) => string | null {
  const text = facts.storesContent(request.application)
    ? "kept: the application stores text"
    : "not kept: the application does not store text";
  return (member) => {
    if (member === "input" || member === "output") return text;
    if (member === "subject") return `kept as ${request.subject?.toString("hex") ?? ""}, a part of its SHA-256`;
    return member === "ttftMs" ? "measured by the client: counts as ttft_ms" : null;
  };
}

function derived(request: NewRequest, input: unknown): DoctorField[] {
  const given = isObject(input) ? input : {};
  const row = (field: string, label: string, value: string, note: string): DoctorField[] =>
    given[field] == null ? [{ field, label, value, key: null, place: "derived", convention: null, note }] : [];
  const total = (request.inputTokens ?? 0) + (request.outputTokens ?? 0);
  return [
    ...row("time", "time", toRfc3339(request.timeMs), "when it was looked at: it carries none"),
    ...row("application", "application", request.application, "the only one that it can be of"),
    ...row("track", "counted on track", request.track, "unless something says otherwise"),
    ...row("releaseId", "counted for release", request.releaseId ?? "none", RELEASE_WAYS[request.releaseSource]),
    ...(request.inputTokens === null || request.outputTokens === null
      ? []
      : row("totalTokens", "total tokens", `${countDigits(total)} tokens`, "input and output")),
  ];
}

const RELEASE_WAYS = {
  explicit: "",
  version: "found by its version",
  alias: "found by what the alias served at its time",
  unknown: "none could be found",
} as const;

function gapsOf(request: NewRequest, input: unknown): DoctorGap[] {
  const given = isObject(input) ? input : {};
  return GAPS.filter(({ field }) => given[field] == null && !(field === "ttftMs" && request.status === "error"));
}

const GAPS: readonly DoctorGap[] = [
  {
    field: "releaseId",
    label: "release id",
    lookedFor: ["releaseId"],
    consequence:
      "it counts for what the alias served at its time, if anything; while two releases serve, that may be the wrong one",
    remedy: "send releaseId, as the gateway got it from the alias",
  },
  {
    field: "ttftMs",
    label: "time to first token",
    lookedFor: ["ttftMs"],
    consequence: "rules on ttft_ms do not count it",
    remedy: "send ttftMs where the answer was streamed",
  },
  {
    field: "subject",
    label: "user",
    lookedFor: ["subject"],
    consequence: "users cannot be told apart: one busy user weighs like many",
    remedy: "send subject, any stable id; it is kept as a hash",
  },
];

function unknownMembers(input: unknown, shape: object): DoctorUnused[] {
  if (!isObject(input)) return [];
  return Object.entries(input)
    .filter(([member]) => !(member in shape))
    .map(([member, value]) => ({
      key: `/${member}`,
      value: shown(value),
      why: "not a member of the record; attributes, measures and segments take names of your own",
    }));
}
