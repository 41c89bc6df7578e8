/** The shape of what is coming. Its own file, so that a page's first load brings nothing else with it. */
import type { ReactNode } from "react";
import { classNames } from "./class-names";

/** Still lines in the shape of what is coming. They do not move: loading is short, and waiting states have words. */
export function LoadingState(props: { label: string; lines?: number }): ReactNode {
  return (
    <output className="flex flex-col gap-3 py-2">
      <span className="sr-only">{props.label}</span>
      {Array.from({ length: props.lines ?? 4 }, (_, index) => (
        <div
          key={index}
          className={classNames("h-8 rounded-md bg-neutral-bg", index === 0 ? "w-3/4" : "w-full opacity-60")}
        />
      ))}
    </output>
  );
}
