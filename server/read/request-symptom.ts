/** How a request went wrong, and how many others went wrong in the same way. */
import { ERROR, NOT_DONE, REFUSAL, TOXIC, VIOLATION, type Symptom } from "@/server/domain/incident/symptom";
import type { Aggregate } from "@/server/domain/window/aggregate";
import { wilsonInterval } from "@/server/domain/window/interval";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import type { StoredRequest } from "@/server/store/stored-request";
import type { TelemetryReader, TelemetryScope } from "@/server/store/telemetry-reader";
import { shareWords } from "@/server/domain/words/count-words";

/** What telemetry says is wrong with a request; empty for one that looks fine. */
export function symptomsOf(request: StoredRequest): Symptom[] {
  const { status, taskCompleted, toxic, policyViolation, refused } = request;
  return [
    ...(taskCompleted === false ? [NOT_DONE] : []),
    ...(status === "error" ? [ERROR] : []),
    ...(toxic === true ? [TOXIC] : []),
    ...(policyViolation === true ? [VIOLATION] : []),
    ...(refused === true ? [REFUSAL] : []),
  ];
}

/** Bad requests of all for which it is known. */
export interface FailingShare {
  readonly failing: number;
  readonly count: number;
}

/** Counts the symptom in `[fromMs, toMs)`. */
export function failingShare(
  telemetry: TelemetryReader,
  query: { scope: TelemetryScope; symptom: Symptom; fromMs: number; toMs: number },
): FailingShare {
  const { scope, symptom, fromMs, toMs } = query;
  const measure = aggregateKey({ kind: "rate", event: symptom.event });
  return failingOf(telemetry.aggregate({ ...scope, measure, fromMs, toMs }), symptom);
}

/** The bad ones of an event's aggregate. */
export function failingOf({ count, events }: Pick<Aggregate, "count" | "events">, { badWhen }: Symptom): FailingShare {
  return { failing: badWhen ? events : count - events, count };
}

/** The rest of a whole without one part of it. */
export function without(whole: FailingShare, part: FailingShare): FailingShare {
  return { failing: whole.failing - part.failing, count: whole.count - part.count };
}

/** Fewer bad requests than this show nothing, whatever the interval says: somebody chose the request because it was bad. */
const LEAST_FAILING = 3;

/** Whether the first is worse beyond what chance gives: its 95 % interval lies above the other's. */
export function isClearlyWorse(one: FailingShare, other: FailingShare): boolean {
  if (one.failing < LEAST_FAILING) return false;
  const { lower } = wilsonInterval(one.failing, one.count);
  const { upper } = wilsonInterval(other.failing, other.count);
  return lower !== undefined && upper !== undefined && lower > upper;
}

/** `41 of 200 (21 %)`. */
export function failingWords({ failing, count }: FailingShare): string {
  return count === 0 ? "no requests" : `${failing} of ${count} (${shareWords(failing / count)})`;
}
