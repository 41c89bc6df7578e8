/** The events of the charts in words, once for all charts of a page: a flag may hold several, or be cut. */
import type { ReactNode } from "react";
import { Time } from "@/components/ui/time";
import type { ChartEvent, ChartRange } from "./chart-types";
import { eventMark } from "./plot-layers";

export function EventList(props: { events: readonly ChartEvent[]; range: ChartRange }): ReactNode {
  const inside = props.events.filter((event) => event.atMs >= props.range.fromMs && event.atMs <= props.range.toMs);
  if (inside.length === 0) return null;
  return (
    <ul className="flex flex-wrap gap-x-4 text-sm text-muted">
      {inside.map((event) => (
        <li key={`${event.atMs}-${event.kind}-${event.label}`}>
          <span aria-hidden="true">{eventMark(event.kind)} </span>
          {event.label} <Time at={event.atMs} short />
        </li>
      ))}
    </ul>
  );
}
