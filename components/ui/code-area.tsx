"use client";
/** A field for text that has lines: numbered, the wrong ones marked. Grows with its text up to most of the screen; Tab leaves it, as in any field. */
import { useId, type ReactNode, type Ref } from "react";
import { classNames } from "./class-names";

interface CodeAreaProps {
  label: string;
  value: string;
  onValueChange: (value: string) => void;
  /** Lines that something is wrong with, from 1. */
  wrongLines: ReadonlySet<number>;
  /** Id of the element that says what is wrong. */
  describedBy?: string;
  areaRef?: Ref<HTMLTextAreaElement>;
  readOnly?: boolean;
}

/** Lines that an empty field shows. */
const FEWEST_LINES = 12;

export function CodeArea(props: CodeAreaProps): ReactNode {
  const { label, value, onValueChange, wrongLines, describedBy, areaRef, readOnly = false } = props;
  const id = useId();
  const count = Math.max(FEWEST_LINES, value.split("\n").length + 1);
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="text-sm font-medium text-muted">
        {label}
      </label>
      <div className="flex max-h-[60vh] min-w-0 overflow-y-auto rounded-md border border-control bg-bg font-mono text-sm leading-5 focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-focus">
        <ol
          aria-hidden="true"
          className="h-max shrink-0 border-r border-hairline bg-surface py-2 text-right select-none"
        >
          {Array.from({ length: count }, (_, index) => (
            <li
              key={index}
              className={classNames(
                "px-2",
                wrongLines.has(index + 1) ? "bg-breach-bg font-semibold text-breach-fg" : "text-muted",
              )}
            >
              {wrongLines.has(index + 1) ? `■ ${index + 1}` : index + 1}
            </li>
          ))}
        </ol>
        <textarea
          id={id}
          ref={areaRef}
          value={value}
          onChange={(event) => onValueChange(event.target.value)}
          rows={count}
          readOnly={readOnly}
          wrap="off"
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          aria-invalid={wrongLines.size > 0 || undefined}
          aria-describedby={describedBy}
          className="h-max min-w-0 flex-1 resize-none overflow-x-auto overflow-y-hidden bg-transparent px-2 py-2 text-ink outline-none"
        />
      </div>
    </div>
  );
}

const LINE_PX = 20;

/** Puts the caret at a line and column, from 1, and the line in view. */
export function moveCaret(area: HTMLTextAreaElement, at: { line: number; column: number }): void {
  const before = area.value
    .split("\n")
    .slice(0, at.line - 1)
    .reduce((sum, line) => sum + line.length + 1, 0);
  const offset = Math.min(area.value.length, before + at.column - 1);
  area.focus();
  area.setSelectionRange(offset, offset);
  // The field is as high as its text; what holds it scrolls.
  if (area.parentElement !== null) area.parentElement.scrollTop = Math.max(0, (at.line - 4) * LINE_PX);
}
