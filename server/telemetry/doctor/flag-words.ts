/** The mapper's remarks in words: what was odd about a record, and what was done about it. */
import type { DoctorProblem } from "./doctor-report";

const WORDS: Readonly<Record<string, Omit<DoctorProblem, "key">>> = {
  clock_ahead: {
    problem: "It lies in the future: the sender’s clock is more than a minute ahead of this server’s",
    remedy: "synchronise the sender’s clock; windows are by the request’s time",
  },
  duration_impossible: {
    problem: "It ends before it begins, or lasts longer than eleven days: the duration was left out",
    remedy: "take start and end from one clock",
  },
  ttft_impossible: {
    problem: "The time to first token is negative or longer than eleven days: it was left out",
    remedy: "look at the key’s unit: time_to_first_chunk is in seconds, …_ms in milliseconds",
  },
  ttft_exceeds_duration: {
    problem: "The first token comes after the end: one of the two was measured wrongly",
    remedy: "look at the key’s unit: time_to_first_chunk is in seconds, …_ms in milliseconds",
  },
  ttft_equals_duration: {
    problem: "It was streamed, yet its first token comes with its last: probably measured when the answer was complete",
    remedy: "measure at the first chunk, not when the stream has been read",
  },
  track_unknown: {
    problem: "The track is no word that is known: counted as control",
    remedy: "send control, canary or shadow",
  },
  attributes_left_out: { problem: "It has more than 64 attributes: the last ones were left out", remedy: "send fewer" },
  attributes_too_long: {
    problem: "Attributes over 512 characters or of several lines were left out: they are texts, not labels",
    remedy: "send shorter ones, or turn on the storing of text and send it as input and output",
  },
};

/** One problem per remark; `ttftKey` is the key that a time to first token came from. */
export function flagProblems(flags: readonly string[], ttftKey: string | null = null): DoctorProblem[] {
  return flags.map((flag) => ({
    key: flag.startsWith("ttft_") ? ttftKey : null,
    ...(WORDS[flag] ?? { problem: flag, remedy: "" }),
  }));
}
