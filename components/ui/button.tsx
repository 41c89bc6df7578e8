"use client";
/** Buttons and button-like links. A disabled button stays reachable and says why, in text beside it. */
import Link from "next/link";
import { useId, type ButtonHTMLAttributes, type ReactNode } from "react";
import { classNames } from "./class-names";

export type ButtonKind = "primary" | "danger" | "plain" | "ghost";
type ButtonSize = "small" | "medium" | "control";

const KINDS: Readonly<Record<ButtonKind, string>> = {
  primary: "border-primary bg-primary text-on-primary hover:opacity-90",
  danger: "border-danger bg-danger text-on-danger hover:opacity-90",
  plain: "border-control bg-bg text-ink hover:bg-surface",
  ghost: "border-transparent bg-transparent text-muted hover:bg-neutral-bg hover:text-ink",
};

const SIZES: Readonly<Record<ButtonSize, string>> = {
  small: "min-h-7 px-2 text-sm",
  medium: "min-h-8 px-3 text-base",
  control: "min-h-11 px-4 text-md",
};

function buttonClass(kind: ButtonKind, size: ButtonSize, className?: string): string {
  return classNames(
    "inline-flex items-center justify-center gap-1.5 rounded-md border font-medium reveal select-none",
    "aria-pressed:border-ink aria-pressed:bg-neutral-bg",
    "text-center aria-disabled:cursor-not-allowed aria-disabled:border-hairline aria-disabled:bg-surface aria-disabled:text-muted aria-disabled:hover:opacity-100",
    KINDS[kind],
    SIZES[size],
    className,
  );
}

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "disabled"> {
  kind?: ButtonKind;
  /** `control` for actions that change production: 44 px. */
  size?: ButtonSize;
  /** Why it cannot be pressed now, and who can; null when it can. */
  disabledReason?: string | null;
  /** It cannot be pressed, and the reason stands elsewhere, once for several buttons. */
  blocked?: boolean;
  /** What it says while its request runs; it takes no second press then. */
  pendingLabel?: string | null;
}

export function Button(props: ButtonProps): ReactNode {
  const { disabledReason = null, ...rest } = props;
  const reasonId = useId();
  if (disabledReason === null) return <BareButton {...rest} />;
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      <BareButton {...rest} blocked aria-describedby={reasonId} />
      <span id={reasonId} className="text-sm text-muted">
        {disabledReason}
      </span>
    </span>
  );
}

function BareButton(props: Omit<ButtonProps, "disabledReason">): ReactNode {
  const { kind = "plain", size = "medium", pendingLabel = null, blocked = false, ...rest } = props;
  const { className, children, onClick, ...attributes } = rest;
  const isBlocked = blocked || pendingLabel !== null;
  return (
    <button
      type="button"
      {...attributes}
      aria-disabled={isBlocked || undefined}
      aria-busy={pendingLabel !== null || undefined}
      className={buttonClass(kind, size, className)}
      onClick={(event) => {
        if (isBlocked) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {pendingLabel ?? children}
    </button>
  );
}

interface ButtonLinkProps {
  href: string;
  kind?: ButtonKind;
  size?: ButtonSize;
  className?: string;
  /** The key that follows it. */
  "aria-keyshortcuts"?: string;
  children: ReactNode;
}

export function ButtonLink(props: ButtonLinkProps): ReactNode {
  const { href, kind = "plain", size = "medium", className, children } = props;
  return (
    <Link href={href} aria-keyshortcuts={props["aria-keyshortcuts"]} className={buttonClass(kind, size, className)}>
      {children}
    </Link>
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** The accessible name; also the tooltip. */
  label: string;
}

export function IconButton({ label, className, children, ...attributes }: IconButtonProps): ReactNode {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...attributes}
      className={classNames(
        "inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted hover:bg-neutral-bg hover:text-ink",
        className,
      )}
    >
      {children}
    </button>
  );
}
