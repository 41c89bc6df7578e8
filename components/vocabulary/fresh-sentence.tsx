"use client";
/** The page's sentence as far as the data reaches: on stale data its verdict is "unknown since", never green. */
import type { ReactNode } from "react";
import { useFreshness, type FreshnessValue } from "@/components/ui/freshness";
import { Sentence, type Tone } from "@/components/ui/sentence";
import { Time } from "@/components/ui/time";

interface FreshSentenceProps {
  tone: Tone;
  freshness: FreshnessValue;
  note?: ReactNode;
  children: ReactNode;
}

export function FreshSentence({ tone, freshness, note, children }: FreshSentenceProps): ReactNode {
  const state = useFreshness(freshness);
  if (state !== "stale" && state !== "unreachable") {
    return (
      <Sentence tone={tone} {...(note === undefined ? {} : { note })}>
        {children}
      </Sentence>
    );
  }
  const since = state === "unreachable" ? freshness.asOf : (freshness.dataTo ?? freshness.asOf);
  return (
    <Sentence tone="unknown" note={<>Last known: {children}</>}>
      Unknown since <Time at={since} precision="second" short />
      {state === "unreachable" ? ": the server has not answered." : ": telemetry has stopped arriving."}
    </Sentence>
  );
}
