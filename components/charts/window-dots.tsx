/** The last windows of a rule as marks, newest right: round passes, square is beyond the limit, ring is thin, hatch is none. */
import type { ReactNode } from "react";

export type WindowMark = "pass" | "breach" | "thin" | "none";

const WORDS: Readonly<Record<WindowMark, string>> = {
  pass: "within",
  breach: "beyond the limit",
  thin: "too few requests",
  none: "no data",
};

function mark(kind: WindowMark, x: number): ReactNode {
  switch (kind) {
    case "pass":
      return <circle key={x} cx={x} cy="5" r="2" fill="var(--st-neutral)" />;
    case "breach":
      return <rect key={x} x={x - 3.5} y="1.5" width="7" height="7" fill="var(--st-breach)" />;
    case "thin":
      return <circle key={x} cx={x} cy="5" r="2.5" fill="none" stroke="var(--st-neutral)" strokeDasharray="1.6 1.2" />;
    case "none":
      return <path key={x} d={`M${x - 3} 8 ${x + 3} 2`} stroke="var(--st-neutral)" strokeWidth="1" />;
  }
}

/** `last 12 windows, newest last: 9 within, 3 beyond the limit`. */
function windowDotsText(windows: readonly WindowMark[]): string {
  const counts = (Object.keys(WORDS) as WindowMark[])
    .map((kind) => ({ kind, count: windows.filter((each) => each === kind).length }))
    .filter((each) => each.count > 0)
    .map((each) => `${each.count} ${WORDS[each.kind]}`);
  return `last ${windows.length} windows: ${counts.join(", ")}`;
}

export function WindowDots(props: { windows: readonly WindowMark[] }): ReactNode {
  if (props.windows.length === 0) return <span className="text-muted">no windows</span>;
  const width = props.windows.length * 10;
  return (
    <span className="inline-flex" title={windowDotsText(props.windows)}>
      <span className="sr-only">{windowDotsText(props.windows)}</span>
      <svg width={width} height="10" viewBox={`0 0 ${width} 10`} aria-hidden="true" className="shrink-0">
        {props.windows.map((kind, index) => mark(kind, index * 10 + 5))}
      </svg>
    </span>
  );
}
