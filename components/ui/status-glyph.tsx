/** The shapes that stand for states. Drawn, not typed, so that every machine shows the same ones. */
import type { ReactNode } from "react";

export const STATUSES = [
  "pass",
  "review",
  "breach",
  "rolled_back",
  "running",
  "collecting",
  "no_data",
  "neutral",
] as const;
export type Status = (typeof STATUSES)[number];

const SHAPES: Readonly<Record<Status, ReactNode>> = {
  pass: <path d="M2 5.4 4.2 7.6 8.2 2.8" fill="none" stroke="currentColor" strokeWidth="1.6" />,
  review: <path d="M2.2 1.5h2v7h-2zM5.8 1.5h2v7h-2z" fill="currentColor" />,
  breach: <rect x="1.5" y="1.5" width="7" height="7" fill="currentColor" />,
  rolled_back: (
    <path
      d="M4 1 1.4 3.4 4 5.8M1.6 3.4h4.6a2.4 2.4 0 0 1 0 4.8H3"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
    />
  ),
  running: <path d="M2.5 1.2 8.5 5l-6 3.8z" fill="currentColor" />,
  collecting: (
    <circle cx="5" cy="5" r="3.6" fill="none" stroke="currentColor" strokeWidth="1.4" strokeDasharray="2 1.6" />
  ),
  no_data: (
    <path
      d="M1.5 1.5h7v7h-7zM1.5 5 5 1.5M1.5 8.5l7-7M5 8.5 8.5 5"
      fill="none"
      stroke="currentColor"
      strokeWidth="0.9"
    />
  ),
  neutral: <circle cx="5" cy="5" r="2.2" fill="currentColor" />,
};

export function StatusGlyph(props: { status: Status; className?: string }): ReactNode {
  return (
    <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true" className={`shrink-0 ${props.className ?? ""}`}>
      {SHAPES[props.status]}
    </svg>
  );
}
