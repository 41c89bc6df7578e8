/** A wide part that scrolls by itself, so that the page never does. It takes focus, because keys must scroll it too. */
import type { ReactNode } from "react";
import { classNames } from "./class-names";

export function ScrollArea(props: { label: string; className?: string; children: ReactNode }): ReactNode {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by key
    <section aria-label={props.label} tabIndex={0} className={classNames("overflow-x-auto", props.className)}>
      {props.children}
    </section>
  );
}
