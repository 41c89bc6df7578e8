/** One feature's value at an instant: as the evaluation had it, beside what a request was served with. */
import { canonicalText, type CanonicalValue } from "@/server/domain/canonical-text";
import { invalidInput, notFound } from "@/server/domain/errors";
import { valueAt } from "@/server/domain/parity/point-in-time";
import { findFeatureSet, listSetValues } from "@/server/store/control/features";
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
  const { application, view, feature, entity, requestId } = query;
  const set = findFeatureSet(deps.control, { application, view });
  if (set === undefined) throw notFound("evaluation set of feature view", view);
  const request = requestId === undefined ? undefined : deps.telemetry.findRequest({ requestId, application });
  if (requestId !== undefined && request === undefined) throw notFound("request", requestId);
  const atMs = query.atMs ?? request?.timeMs;
  if (atMs === undefined)
    throw invalidInput("name the instant, or a request", [{ pointer: "/at", message: "is needed" }]);
  const history = listSetValues(deps.control, { setId: set.id, entity, feature });
  const evaluated = valueAt(
    history.map(({ valueMs, value }) => ({ timestampMs: valueMs, value })),
    atMs,
  );
  const served = request?.features.find((one) => one.view === view && one.name === feature);
  return {
    application,
    view,
    feature,
    entity,
    at: atMs,
    evaluation: evaluated === undefined ? null : { value: evaluated.value, timestamp: evaluated.timestampMs },
    serving:
      served === undefined || requestId === undefined
        ? null
        : { value: served.value, timestamp: served.timestampMs, requestId },
    equal: evaluated === undefined || served === undefined ? null : sameValue(evaluated.value, served.value),
  };
}

function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object") return false;
  // Both were parsed from JSON, which is what a canonical value is.
  return canonicalText(a as CanonicalValue) === canonicalText(b as CanonicalValue);
}
