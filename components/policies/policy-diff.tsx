"use client";
/** Two texts line by line: what is gone and what is new, with a word for each beside its colour. */
import { useState, type ReactNode } from "react";
import type { PolicyCheck } from "@/components/data/outputs";
import { Button } from "@/components/ui/button";
import { classNames } from "@/components/ui/class-names";
import { ScrollArea } from "@/components/ui/scroll-area";

type Line = PolicyCheck["diff"][number];

/** Unchanged lines that stay around a change. */
const CONTEXT = 2;

export function PolicyDiff({ lines }: { lines: readonly Line[] }): ReactNode {
  const [isWhole, setIsWhole] = useState(false);
  const shown = isWhole ? lines.map((line) => ({ line, isNear: true })) : near(lines);
  const hidden = shown.filter(({ isNear }) => !isNear).length;
  return (
    <div className="flex flex-col gap-2">
      <ScrollArea
        label="Difference of the texts"
        className="rounded-md border border-hairline font-mono text-sm leading-5"
      >
        {shown
          .filter(({ isNear }) => isNear)
          .map(({ line }, index) => (
            <DiffRow key={`${index} ${line.kind} ${line.text}`} line={line} />
          ))}
      </ScrollArea>
      {hidden > 0 && (
        <Button size="small" kind="ghost" onClick={() => setIsWhole(true)}>
          Show {hidden} unchanged lines
        </Button>
      )}
    </div>
  );
}

const ROWS = {
  same: { mark: " ", word: "", look: "text-muted" },
  removed: { mark: "−", word: "removed: ", look: "bg-breach-bg text-breach-fg" },
  added: { mark: "+", word: "added: ", look: "bg-ok-bg text-ok-fg" },
} as const;

function DiffRow({ line }: { line: Line }): ReactNode {
  const { mark, word, look } = ROWS[line.kind];
  return (
    <div className={classNames("min-w-max px-2 whitespace-pre", look)}>
      <span aria-hidden="true">{mark} </span>
      <span className="sr-only">{word}</span>
      {line.text}
    </div>
  );
}

function near(lines: readonly Line[]): { line: Line; isNear: boolean }[] {
  const changed = lines.flatMap(({ kind }, index) => (kind === "same" ? [] : [index]));
  return lines.map((line, index) => ({ line, isNear: changed.some((at) => Math.abs(at - index) <= CONTEXT) }));
}
