"use client";
/** What a page or a part shows when it has no data: empty with the next step, failed with what is still true. */
import type { ReactNode } from "react";
import { Button } from "./button";
import { classNames } from "./class-names";
import { CopyButton } from "./copy-button";
import { StatusGlyph } from "./status-glyph";

/** A command that a person copies into a terminal. */
export function CommandLine(props: { command: string; label: string }): ReactNode {
  return (
    <div className="flex items-start gap-2 rounded-md border border-hairline bg-surface py-1 pr-1 pl-3">
      <pre className="min-w-0 flex-1 py-1 text-sm wrap-anywhere whitespace-pre-wrap">{props.command}</pre>
      <CopyButton text={props.command} label={props.label} />
    </div>
  );
}

interface EmptyStateProps {
  title: string;
  /** Why there is nothing, and what comes next. */
  children: ReactNode;
  command?: string;
  actions?: ReactNode;
  className?: string;
}

export function EmptyState({ title, children, command, actions, className }: EmptyStateProps): ReactNode {
  return (
    <div className={classNames("mx-auto flex w-full max-w-2xl flex-col gap-3 px-4 py-10", className)}>
      <h2 className="text-lg font-semibold">{title}</h2>
      <div className="text-muted">{children}</div>
      {command !== undefined && <CommandLine command={command} label="command" />}
      {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
    </div>
  );
}

interface ErrorStateProps {
  /** What failed: `Overview could not be read`. */
  title: string;
  /** The message of the failure, as given. */
  detail: string;
  /** What is still true: control actions, the alias, what gateways do. */
  stillTrue?: string;
  /** Correlation id of the failed request. */
  requestId?: string | null;
  onRetry?: () => void;
}

export function ErrorState({ title, detail, stillTrue, requestId, onRetry }: ErrorStateProps): ReactNode {
  return (
    <div role="alert" className="mx-auto flex max-w-2xl flex-col gap-3 px-4 py-10">
      <h2 className="flex items-center gap-2 text-lg font-semibold">
        <StatusGlyph status="breach" className="text-breach" />
        {title}
      </h2>
      <p className="break-words">{detail}</p>
      {stillTrue !== undefined && <p className="text-muted">{stillTrue}</p>}
      <div className="flex flex-wrap items-center gap-3">
        {onRetry !== undefined && <Button onClick={onRetry}>Try again</Button>}
        {requestId !== undefined && requestId !== null && (
          <span className="inline-flex items-center gap-1 text-sm text-muted">
            request <code>{requestId}</code>
            <CopyButton text={requestId} label="request id" />
          </span>
        )}
      </div>
    </div>
  );
}

type NoticeTone = "review" | "breach" | "info" | "neutral";

const NOTICES: Readonly<Record<NoticeTone, string>> = {
  review: "border-review bg-review-bg text-review-fg",
  breach: "border-breach bg-breach-bg text-breach-fg",
  info: "border-transparent bg-info-bg text-info-fg",
  neutral: "border-hairline bg-surface text-ink",
};

const NOTICE_GLYPHS = { review: "review", breach: "breach", info: "running", neutral: "neutral" } as const;

/** A line across a page or card: a warning, an outcome. `live` announces it politely when it appears. */
export function Notice(props: {
  tone: NoticeTone;
  children: ReactNode;
  live?: boolean;
  actions?: ReactNode;
}): ReactNode {
  return (
    <div
      role={props.live === true ? "status" : undefined}
      className={classNames("flex flex-wrap items-start gap-2 rounded-md border px-3 py-2", NOTICES[props.tone])}
    >
      <StatusGlyph status={NOTICE_GLYPHS[props.tone]} className="mt-1.25" />
      <div className="min-w-0 flex-1 break-words">{props.children}</div>
      {props.actions}
    </div>
  );
}
