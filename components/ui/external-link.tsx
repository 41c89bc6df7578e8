/** A link to an address that came with data: only web addresses become links, anything else stays text. */
import type { ReactNode } from "react";

export function ExternalLink(props: { href: string; children: ReactNode }): ReactNode {
  if (!/^https?:\/\//i.test(props.href)) return <span className="break-all">{props.href}</span>;
  return (
    <a href={props.href} className="quiet-link break-all" rel="noreferrer">
      {props.children}
    </a>
  );
}
