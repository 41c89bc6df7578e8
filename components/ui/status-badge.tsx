/** A state as word, glyph and shape; colour comes last. Healthy is quiet. */
import type { ReactNode } from "react";
import { classNames } from "./class-names";
import { StatusGlyph, type Status } from "./status-glyph";

const STYLES: Readonly<Record<Status, string>> = {
  pass: "border-transparent bg-ok-bg text-ok-fg",
  review: "border-review bg-review-bg text-review-fg",
  breach: "border-breach bg-breach text-on-danger",
  rolled_back: "border-breach bg-breach text-on-danger",
  running: "border-transparent bg-info-bg text-info-fg",
  collecting: "border-dashed border-neutral bg-transparent text-neutral-fg",
  no_data: "border-transparent bg-neutral-bg text-neutral-fg hatch",
  neutral: "border-transparent bg-neutral-bg text-neutral-fg",
};

interface StatusBadgeProps {
  status: Status;
  /** The word; a badge is never a colour alone. */
  children: ReactNode;
  /** For rows of many: a passing state is grey text with its glyph, without a tint. */
  quiet?: boolean;
  className?: string;
}

export function StatusBadge({ status, children, quiet = false, className }: StatusBadgeProps): ReactNode {
  const isQuiet = quiet && (status === "pass" || status === "neutral");
  return (
    <span
      className={classNames(
        "inline-flex items-center gap-1.5 rounded-sm border text-sm font-medium whitespace-nowrap",
        isQuiet ? "border-transparent text-muted" : `px-1.5 py-px ${STYLES[status]}`,
        className,
      )}
    >
      <StatusGlyph status={status} />
      <span>{children}</span>
    </span>
  );
}
