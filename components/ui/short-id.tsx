/** An id as the first seven characters in mono type; the whole of it on copy. */
import Link from "next/link";
import type { ReactNode } from "react";
import { classNames } from "./class-names";
import { CopyButton } from "./copy-button";

/** What a page shows of a long id. */
export const SHORT_ID_LENGTH = 7;

interface ShortIdProps {
  id: string;
  /** What it identifies, for the copy button: `release id`. */
  label: string;
  href?: string;
  copy?: boolean;
  className?: string;
}

export function ShortId({ id, label, href, copy = false, className }: ShortIdProps): ReactNode {
  const text = id.slice(0, SHORT_ID_LENGTH);
  return (
    <span className={classNames("inline-flex items-center gap-0.5 align-baseline", className)}>
      {href === undefined ? (
        <code title={id}>{text}</code>
      ) : (
        <Link href={href} title={id} className="quiet-link font-mono">
          {text}
        </Link>
      )}
      {copy && <CopyButton text={id} label={label} />}
    </span>
  );
}
