/** A stored request in the shape of every answer. */
import type { StoredRequest } from "@/server/store/stored-request";
import type { RequestView } from "./request-trace-view";

/** Text is there only where the application stores it. */
export function requestView(stored: StoredRequest): RequestView {
  const { timeMs, receivedMs, scores, features, ...rest } = stored;
  return {
    ...rest,
    time: timeMs,
    receivedAt: receivedMs,
    scores: Object.fromEntries(scores.toReversed().map(({ name, value }) => [name, value])),
    scoreDetails: scores.map(({ timeMs: at, ...score }) => ({ ...score, time: at })),
    features: features.map(({ timestampMs, ...feature }) => ({ ...feature, timestamp: timestampMs })),
  };
}
