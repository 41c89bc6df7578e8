"use client";
/** How old the data is, by the server's clock: a state of its own, never a green light. */
import type { ReactNode } from "react";
import { useNow } from "./clock";
import { formatDuration } from "./format";
import { StatusBadge } from "./status-badge";
import type { Status } from "./status-glyph";
import { Time } from "./time";

export interface FreshnessValue {
  state: "fresh" | "late" | "stale" | "none";
  /** Time of the newest datum, RFC 3339. */
  dataTo: string | null;
  /** The server's clock when it answered, RFC 3339. */
  asOf: string;
}

export type FreshnessState = FreshnessValue["state"] | "unreachable";

/** An answer this old says nothing about now: the server has not been heard since. */
const ANSWER_EXPIRES_MS = 60_000;

/** The state as of now: an old answer is not fresh, whatever it said when it was made. */
export function freshnessAt(value: FreshnessValue, nowMs: number): FreshnessState {
  return nowMs - Date.parse(value.asOf) > ANSWER_EXPIRES_MS ? "unreachable" : value.state;
}

/** As {@link freshnessAt}, following the server's clock. */
export function useFreshness(value: FreshnessValue): FreshnessState {
  return freshnessAt(value, useNow(5000));
}

const WORDS: Readonly<Record<FreshnessState, { status: Status; word: string }>> = {
  fresh: { status: "neutral", word: "Live" },
  late: { status: "review", word: "Data late" },
  stale: { status: "no_data", word: "Data stale" },
  none: { status: "collecting", word: "No data yet" },
  unreachable: { status: "no_data", word: "Not connected" },
};

/** Under two seconds is now: a running count of milliseconds tells nobody anything. */
function ageWords(ageMs: number): string {
  return ageMs < 2000 ? "now" : formatDuration(ageMs);
}

export function Freshness(props: { value: FreshnessValue }): ReactNode {
  const now = useNow(1000);
  const state = freshnessAt(props.value, now);
  const { status, word } = WORDS[state];
  const since = state === "unreachable" ? props.value.asOf : props.value.dataTo;
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2 text-sm text-muted">
      <StatusBadge status={status} quiet>
        {word}
      </StatusBadge>
      {since !== null && (
        <span className="whitespace-nowrap">
          {state === "unreachable" ? "last answer " : "data to "}
          <Time at={since} precision="second" short />
          <span aria-hidden="true"> · {ageWords(now - Date.parse(since))}</span>
        </span>
      )}
    </span>
  );
}
