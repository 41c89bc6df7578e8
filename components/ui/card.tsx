/** A bordered part of a page with its heading. One hairline, no shadow. */
import type { ReactNode } from "react";
import { classNames } from "./class-names";

interface CardProps {
  title?: ReactNode;
  /** A short line beside the title: source, range, count. */
  note?: ReactNode;
  actions?: ReactNode;
  /** Without inner padding, for tables and lists that reach the border. */
  flush?: boolean;
  id?: string;
  className?: string;
  children: ReactNode;
}

export function Card({ title, note, actions, flush = false, id, className, children }: CardProps): ReactNode {
  return (
    <section id={id} className={classNames("min-w-0 rounded-md border border-hairline bg-bg", className)}>
      {title !== undefined && (
        <header className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 border-b border-hairline px-3 py-1.5">
          <h2 className="text-md font-semibold">{title}</h2>
          {note !== undefined && <div className="text-sm text-muted">{note}</div>}
          {actions !== undefined && <div className="ml-auto flex items-center gap-2">{actions}</div>}
        </header>
      )}
      <div className={flush ? "" : "p-3"}>{children}</div>
    </section>
  );
}

/** Label and value pairs in a column, for facts about one thing. */
export function Facts(props: { items: readonly { label: string; value: ReactNode }[]; className?: string }): ReactNode {
  return (
    <dl className={classNames("grid grid-cols-[minmax(6rem,auto)_1fr] gap-x-4 gap-y-1.5", props.className)}>
      {props.items.map((item) => (
        <div key={item.label} className="contents">
          <dt className="text-muted">{item.label}</dt>
          <dd className="min-w-0 break-words">{item.value}</dd>
        </div>
      ))}
    </dl>
  );
}
