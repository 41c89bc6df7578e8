/** What changed between two texts, line by line; added and removed carry a sign and a word, never a colour alone. */
import type { ReactNode } from "react";
import { classNames } from "./class-names";
import { ScrollArea } from "./scroll-area";

export interface TextDiffLine {
  kind: "same" | "added" | "removed";
  text: string;
}

const LOOKS = {
  same: { sign: " ", word: "", className: "text-muted" },
  added: { sign: "+", word: "added: ", className: "bg-ok-bg text-ok-fg" },
  removed: { sign: "−", word: "removed: ", className: "bg-breach-bg text-breach-fg" },
} as const;

export function TextDiff({ label, lines }: { label: string; lines: readonly TextDiffLine[] }): ReactNode {
  return (
    <ScrollArea label={label} className="rounded-md border border-hairline text-sm">
      <ol>
        {lines.map((line, index) => {
          const { sign, word, className } = LOOKS[line.kind];
          return (
            <li key={`${index}-${line.kind}`} className={classNames("flex gap-2 px-2 py-0.5", className)}>
              <span aria-hidden="true" className="w-3 shrink-0 font-mono">
                {sign}
              </span>
              <span className="min-w-0 break-words whitespace-pre-wrap">
                {word !== "" && <span className="sr-only">{word}</span>}
                {line.text}
              </span>
            </li>
          );
        })}
      </ol>
    </ScrollArea>
  );
}
