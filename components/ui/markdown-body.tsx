"use client";
/**
 * GitHub-flavoured Markdown as elements. Raw HTML stays text, pictures are left out (they would call elsewhere), and
 * headings are bold lines, so that a text never breaks the outline of the page it stands in.
 */
import Link from "next/link";
import { useMemo, type ReactNode } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { classNames } from "./class-names";

/** What `[^id]` in a text refers to. */
export interface Footnote {
  id: string;
  /** For the chip. */
  label: string;
  /** Readable by itself: the chip's tooltip. */
  text: string;
  href: string | null;
}

interface MarkdownBodyProps {
  children: string;
  footnotes?: readonly Footnote[];
}

const NO_FOOTNOTES: readonly Footnote[] = [];
const PREFIX = "#footnote-";

export function MarkdownBody({ children, footnotes = NO_FOOTNOTES }: MarkdownBodyProps): ReactNode {
  const components = useMemo(() => componentsFor(footnotes), [footnotes]);
  const text = useMemo(() => linkFootnotes(children, footnotes), [children, footnotes]);
  return (
    <div className="flex min-w-0 flex-col gap-2 break-words">
      <ReactMarkdown remarkPlugins={[remarkGfm]} components={components} disallowedElements={["img"]}>
        {text}
      </ReactMarkdown>
    </div>
  );
}

/** Turns known `[^id]` into links that are drawn as chips; unknown ones stay as they were written. */
function linkFootnotes(text: string, footnotes: readonly Footnote[]): string {
  const known = new Set(footnotes.map(({ id }) => id));
  return text.replaceAll(/\[\^([0-9a-z]+)\]/g, (mark, id: string) =>
    known.has(id) ? `[${id}](${PREFIX}${id})` : mark,
  );
}

function componentsFor(footnotes: readonly Footnote[]): Components {
  const byAddress = new Map(footnotes.map((footnote) => [`${PREFIX}${footnote.id}`, footnote]));
  return {
    ...BLOCKS,
    a: ({ href = "", children }) => {
      const footnote = byAddress.get(href);
      return footnote === undefined ? <TextLink href={href}>{children}</TextLink> : <Chip footnote={footnote} />;
    },
  };
}

const Heading = ({ children }: { children?: ReactNode }): ReactNode => <p className="font-semibold">{children}</p>;

/** Scrolls by itself. It is no landmark: a text has many, and they have no names of their own. */
function Wide({ className, children }: { className?: string; children: ReactNode }): ReactNode {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by key
    <div tabIndex={0} className={classNames("overflow-x-auto rounded-md border border-hairline", className)}>
      {children}
    </div>
  );
}

const BLOCKS: Components = {
  h1: Heading,
  h2: Heading,
  h3: Heading,
  h4: Heading,
  h5: Heading,
  h6: Heading,
  ul: ({ children }) => <ul className="flex list-disc flex-col gap-1 pl-5">{children}</ul>,
  ol: ({ children }) => <ol className="flex list-decimal flex-col gap-1 pl-5">{children}</ol>,
  blockquote: ({ children }) => (
    <blockquote className="border-l-2 border-hairline pl-3 text-muted">{children}</blockquote>
  ),
  pre: ({ children }) => (
    <Wide className="bg-surface px-3 py-2 text-sm">
      <pre>{children}</pre>
    </Wide>
  ),
  code: ({ children }) => <code className="break-words">{children}</code>,
  table: ({ children }) => (
    <Wide>
      <table className="w-full text-left text-sm">{children}</table>
    </Wide>
  ),
  th: ({ children }) => (
    <th scope="col" className="border-b border-hairline px-3 py-1 font-medium text-muted">
      {children}
    </th>
  ),
  td: ({ children }) => <td className="border-b border-hairline px-3 py-1 align-top">{children}</td>,
  // A task's box is a mark, not a control.
  input: ({ checked }) => (
    <span>
      <span aria-hidden="true">{checked === true ? "☑" : "☐"}</span>
      <span className="sr-only">{checked === true ? "done: " : "open: "}</span>
    </span>
  ),
};

function TextLink({ href, children }: { href: string; children: ReactNode }): ReactNode {
  if (href.startsWith("/")) {
    return (
      <Link href={href} className="quiet-link">
        {children}
      </Link>
    );
  }
  return (
    <a href={href} rel="noopener noreferrer" className="quiet-link">
      {children}
    </a>
  );
}

const CHIP = "mx-0.5 rounded-sm border border-hairline bg-surface px-1 font-mono text-xs whitespace-nowrap text-muted";

function Chip({ footnote }: { footnote: Footnote }): ReactNode {
  const { href, label, text } = footnote;
  if (href === null) {
    return (
      <span title={text} className={CHIP}>
        {label}
      </span>
    );
  }
  return (
    <Link href={href} title={text} className={`${CHIP} hover:text-ink hover:underline`}>
      {label}
    </Link>
  );
}
