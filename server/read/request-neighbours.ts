/** Others answered by the same release, in the same segment, within half an hour: whom else it hit. */
import { aggregateKey } from "@/server/domain/metric/metric-source";
import { toRfc3339 } from "@/server/domain/time";
import type { StoredRequest } from "@/server/store/stored-request";
import { wholeBuckets } from "./bucket";
import type { ReadDeps } from "./deps";
import { links } from "./links";
import { segmentsOf, segmentWords } from "./request-segment";
import { SYMPTOMS, type Symptom } from "@/server/domain/incident/symptom";
import { failingShare, symptomsOf } from "./request-symptom";
import type { RequestTraceView } from "./request-trace-view";
import { requestView } from "./request-view";

const AROUND_MS = 1_800_000;
/** Rows looked at, and rows shown: those that went wrong first, then the newest. */
const LOOKED_AT = 200;
const SHOWN = 20;

const REQUESTS = aggregateKey({ kind: "request_count" });
const ERRORS = SYMPTOMS.filter(({ event }) => event === "error");

/** `count` and `failing` leave the request itself out; `failing` are those that went wrong as it did, else errors. */
export function readNeighbours(deps: ReadDeps, request: StoredRequest): RequestTraceView["neighbours"] {
  const { telemetry } = deps;
  const { application, releaseId, timeMs } = request;
  const [segment] = segmentsOf(deps, request);
  const { fromMs, toMs } = wholeBuckets(timeMs - AROUND_MS, timeMs + AROUND_MS);
  const scope = { application, releaseId, ...(segment === undefined ? {} : { segment }) };
  const symptoms = symptomsOf(request);
  const all = telemetry.aggregate({ ...scope, measure: REQUESTS, fromMs, toMs });
  const failing = worstCount(deps, { scope, symptoms: symptoms.length > 0 ? symptoms : ERRORS, fromMs, toMs });
  const href = links.requests(application, {
    ...(releaseId === null ? {} : { releaseId }),
    ...(segment === undefined ? {} : { segment: segmentWords(segment) }),
    from: toRfc3339(fromMs),
    to: toRfc3339(toMs),
  });
  const others =
    releaseId === null ? [] : telemetry.listRequests({ ...scope, releaseId, fromMs, toMs }, { limit: LOOKED_AT }).items;
  return {
    count: Math.max(0, all.count - 1),
    failing: Math.max(0, failing - (symptoms.length > 0 ? 1 : 0)),
    href,
    items: others
      .filter((one) => one.requestId !== request.requestId)
      .toSorted((a, b) => Number(symptomsOf(b).length > 0) - Number(symptomsOf(a).length > 0))
      .slice(0, SHOWN)
      .map(requestView),
  };
}

/** A request can go wrong in several ways; the way that most of its neighbours share is counted. */
function worstCount(
  { telemetry }: ReadDeps,
  {
    symptoms,
    ...query
  }: { scope: Parameters<typeof failingShare>[1]["scope"]; symptoms: readonly Symptom[]; fromMs: number; toMs: number },
): number {
  return Math.max(0, ...symptoms.map((symptom) => failingShare(telemetry, { ...query, symptom }).failing));
}
