/** One feature's value at an instant: as the evaluation had it, beside what a request was served with. */
import { canonicalText, type CanonicalValue } from "@/server/domain/canonical-text";
import { invalidInput, notFound } from "@/server/domain/errors";
import { valueAt } from "@/server/domain/parity/point-in-time";
import { findFeatureSet, listSetValues } from "@/server/store/control/features";
import type { StoredRequest } from "@/server/store/stored-request";
import type { ReadDeps } from "./deps";
import type { PointInTimeView } from "./features-view";

export interface PointInTimeQuery {
  application: string;
  view: string;
  feature: string;
  entity: string;
  /** The request's own time unless given. */
  atMs?: number;
  requestId?: string;
}

/**
 * @throws DomainError `not_found` for a view without an evaluation set and for an unknown request; `invalid_input`
 *   without an instant and without a request.
 */
export function readPointInTime(deps: ReadDeps, query: PointInTimeQuery): PointInTimeView {
  const { application, view, feature, entity } = query;
  const set = findFeatureSet(deps.control, { application, view });
  if (set === undefined) throw notFound("evaluation set of feature view", view);
  const request = requestOf(deps, query);
  const atMs = query.atMs ?? request?.timeMs;
  if (atMs === undefined) {
    throw invalidInput("name the instant, or a request", [{ pointer: "/at", message: "is needed" }]);
  }
  const history = listSetValues(deps.control, { setId: set.id, entity, feature });
  const evaluated = valueAt(
    history.map(({ valueMs, value }) => ({ timestampMs: valueMs, value })),
    atMs,
  );
  const evaluation = evaluated === undefined ? null : { value: evaluated.value, timestamp: evaluated.timestampMs };
  const serving = request === undefined ? null : servedBy(request, query);
  const equal = evaluation === null || serving === null ? null : sameValue(evaluation.value, serving.value);
  return { application, view, feature, entity, at: atMs, evaluation, serving, equal };
}

function requestOf({ telemetry }: ReadDeps, { requestId, application }: PointInTimeQuery): StoredRequest | undefined {
  if (requestId === undefined) return undefined;
  const request = telemetry.findRequest({ requestId, application });
  if (request === undefined) throw notFound("request", requestId);
  return request;
}

function servedBy(request: StoredRequest, { view, feature }: PointInTimeQuery): PointInTimeView["serving"] {
  const served = request.features.find((one) => one.view === view && one.name === feature);
  if (served === undefined) return null;
  return { value: served.value, timestamp: served.timestampMs, requestId: request.requestId };
}

function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object") return false;
  // Both were parsed from JSON, which is what a canonical value is.
  return canonicalText(a as CanonicalValue) === canonicalText(b as CanonicalValue);
}
