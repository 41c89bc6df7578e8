/** The page's first line: one plain sentence that a person could read out on a call. It is the page's heading. */
import type { ReactNode } from "react";
import { classNames } from "./class-names";
import { StatusGlyph, type Status } from "./status-glyph";

export type Tone = "ok" | "review" | "breach" | "info" | "neutral" | "unknown";

const TONES: Readonly<Record<Tone, { status: Status; word: string; mark: string }>> = {
  ok: { status: "pass", word: "Healthy", mark: "text-muted" },
  review: { status: "review", word: "Needs review", mark: "bg-review-bg text-review-fg" },
  breach: { status: "breach", word: "Breach", mark: "bg-breach text-on-danger" },
  info: { status: "running", word: "Running", mark: "bg-info-bg text-info-fg" },
  neutral: { status: "neutral", word: "", mark: "text-muted" },
  unknown: { status: "no_data", word: "Unknown", mark: "bg-neutral-bg text-neutral-fg hatch" },
};

interface SentenceProps {
  tone: Tone;
  children: ReactNode;
  /** What stands under it: ages, links. */
  note?: ReactNode;
}

/** The first sentence is what is read out; what follows it is said smaller. */
export function splitSentences(text: string): { first: string; rest: string } {
  const [first = "", ...rest] = text.split(/(?<=[.!?])\s+(?=[A-Z])/);
  return { first, rest: rest.join(" ") };
}

export function Sentence({ tone, children, note }: SentenceProps): ReactNode {
  const { status, word, mark } = TONES[tone];
  const parts = typeof children === "string" ? splitSentences(children) : null;
  return (
    <div className="flex items-start gap-3">
      <span
        className={classNames("mt-0.5 inline-flex size-6 shrink-0 items-center justify-center rounded-sm", mark)}
        title={word}
      >
        <StatusGlyph status={status} className="size-3" />
      </span>
      <div className="min-w-0">
        <h1 className="text-lg font-semibold break-words sm:text-xl">
          {word !== "" && <span className="sr-only">{word}: </span>}
          {parts === null ? children : parts.first}
        </h1>
        {parts !== null && parts.rest !== "" && <p className="mt-1 text-md break-words">{parts.rest}</p>}
        {note !== undefined && <div className="mt-1 text-muted">{note}</div>}
      </div>
    </div>
  );
}
