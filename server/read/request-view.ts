/** A stored request in the shape of every answer. */
import type { StoredRequest } from "@/server/store/stored-request";
import type { RequestView } from "./request-trace-view";

/** Without the text: it is read by an audited call alone. */
export function requestView(stored: StoredRequest): RequestView {
  const { timeMs, receivedMs, scores, features, input, output, ...rest } = stored;
  return {
    ...rest,
    time: timeMs,
    receivedAt: receivedMs,
    textStored: input !== null || output !== null,
    scores: Object.fromEntries(scores.toReversed().map(({ name, value }) => [name, value])),
    scoreDetails: scores.map(({ timeMs: at, ...score }) => ({ ...score, time: at })),
    features: features.map(({ timestampMs, ...feature }) => ({ ...feature, timestamp: timestampMs })),
  };
}
