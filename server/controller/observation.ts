/** One stored request as a rule sees it: whether it counts, and whether it counts against the candidate. */
import type { Counted } from "@/server/domain/evidence/rule-config";
import { statedEvent, statedMeasure } from "@/server/domain/request/observations";
import type { StoredRequest } from "@/server/store/stored-request";

/** `value` is 0/1 for events, else in the metric's unit. */
export interface Observation {
  readonly value: number;
  readonly bad: boolean;
}

/** What the rule observes in the request; undefined when the request does not state it. */
export function observe(counted: Counted, request: StoredRequest): Observation | undefined {
  const value = valueOf(counted, request);
  return value === undefined ? undefined : { value, bad: isBad(counted, value) };
}

function isBad({ event }: Counted, value: number): boolean {
  switch (event.is) {
    case "happened":
      return value === 1;
    case "missing":
      return value === 0;
    case "any":
      return true;
    case "above":
      return value > event.limit;
    case "below":
      return value < event.limit;
  }
}

function valueOf({ source }: Counted, request: StoredRequest): number | undefined {
  switch (source.kind) {
    case "event": {
      const happened = statedEvent(request, source.name);
      return happened === undefined ? undefined : Number(happened);
    }
    case "measure":
      return statedMeasure(request, source.name);
    case "score":
      return request.scores.find((score) => score.name === source.name)?.value;
  }
}
