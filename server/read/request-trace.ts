/** From a request to everything that explains it: what served it, what had changed, who let it in, whom else it hit. */
import { notFound } from "@/server/domain/errors";
import { viewsOf } from "@/server/control/gate-core";
import { policyOf } from "@/server/control/rollout-core";
import { findBadMark } from "@/server/store/control/aliases";
import { listApprovals } from "@/server/store/control/evaluations";
import { findOpenIncidentOfRelease } from "@/server/store/control/incidents";
import { findRelease, listProvenance } from "@/server/store/control/releases";
import type { StoredRequest } from "@/server/store/stored-request";
import { actorOf } from "./actor";
import { aliasMoveView } from "./alias-move-view";
import type { ReadDeps } from "./deps";
import { releaseParity, type ViewParity } from "./feature-parity";
import { knownGoodOf } from "./known-good-of";
import { changesBetween, releaseRefs, type ReleaseRefs } from "./release-ref";
import { readGates } from "./request-gates";
import { readNeighbours } from "./request-neighbours";
import { requestOrigin, type RequestOrigin } from "./request-origin";
import { traceSentence } from "./request-sentence";
import { rankSuspects } from "./request-suspects";
import type { RequestTraceView } from "./request-trace-view";
import { requestView } from "./request-view";
import { summariseRollout } from "./rollout-summary";

/**
 * @throws DomainError `not_found` for a request that was never stored, or whose record has been pruned.
 */
export function traceRequest(
  deps: ReadDeps,
  { requestId, application }: { requestId: string; application?: string },
): RequestTraceView {
  const { control, telemetry } = deps;
  const request = telemetry.findRequest({ requestId, ...(application === undefined ? {} : { application }) });
  if (request === undefined) throw notFound("request", requestId);
  const origin = requestOrigin(deps, request);
  const refs = releaseRefs(control, request.application);
  const changed = changedSinceKnownGood(deps, { request, origin, refs });
  const parity = request.releaseId === null ? [] : parityThen(deps, { request, releaseId: request.releaseId });
  const counterpart = telemetry.findCounterpart(request);
  const { rollout, move } = origin;
  return {
    request: requestView(request),
    sentence: traceSentence(deps, { request, origin, changed, parity }),
    release: servedManifest(deps, { request, refs }),
    changedSinceKnownGood: changed,
    suspects:
      changed === null
        ? []
        : rankSuspects(deps, {
            request,
            changes: changed.changes,
            knownGoodId: changed.knownGood.releaseId,
            parity,
            servedSinceMs: servedSince(request, origin),
          }),
    parity,
    aliasMove: move === undefined ? null : aliasMoveView(move),
    rollout: rollout === undefined ? null : summariseRollout(deps, rollout, refs),
    approvals: approvalsOf(deps, origin),
    gates: gatesOf(deps, { request, origin, knownGoodId: changed?.knownGood.releaseId ?? null }),
    counterpart: counterpart === undefined ? null : requestView(counterpart),
    neighbours: readNeighbours(deps, request),
    incidentId: incidentOf(deps, { request, origin }),
  };
}

interface Traced {
  readonly request: StoredRequest;
  readonly origin: RequestOrigin;
}

/** Null when the release is unknown, unregistered, or nothing was known good before the request. */
function changedSinceKnownGood(
  deps: ReadDeps,
  { request, origin, refs }: Traced & { refs: ReleaseRefs },
): RequestTraceView["changedSinceKnownGood"] {
  const { application, releaseId, timeMs } = request;
  const { alias } = origin;
  if (releaseId === null || alias === undefined) return null;
  const goodId = knownGoodOf(deps, { application, alias, current: releaseId, atMs: timeMs });
  if (goodId === undefined) return null;
  const changes = changesBetween(deps.control, { application, fromId: goodId, toId: releaseId });
  return changes === null ? null : { knownGood: refs(goodId), changes };
}

/** The fingerprint that came with the request is the online one of its feature view, where it has just one. */
function parityThen(
  deps: ReadDeps,
  { request, releaseId }: { request: StoredRequest; releaseId: string },
): ViewParity[] {
  const { application, timeMs, featureFingerprint, features } = request;
  const given = { application, releaseId, atMs: timeMs };
  const declared = releaseParity(deps, given);
  const own = [...new Set(features.map(({ view }) => view))];
  const [view, ...more] = own.length > 0 ? own : declared.map((one) => one.view);
  if (featureFingerprint === null || view === undefined || more.length > 0) return declared;
  const release = findRelease(deps.control, { application, releaseId });
  const reference = (release === undefined ? [] : viewsOf(release)).find(({ name }) => name === view)?.reference;
  return releaseParity(deps, {
    ...given,
    online: { [view]: featureFingerprint, ...(reference === undefined ? {} : { [reference]: featureFingerprint }) },
  });
}

function servedManifest(
  { control }: ReadDeps,
  { request, refs }: { request: StoredRequest; refs: ReleaseRefs },
): RequestTraceView["release"] {
  const { application, releaseId } = request;
  const row = releaseId === null ? undefined : findRelease(control, { application, releaseId });
  if (row === undefined) return null;
  const records = listProvenance(control, { application, releaseId: row.id });
  return {
    ref: refs(row.id),
    digest: row.digest,
    components: row.components,
    fingerprints: Object.fromEntries(records.flatMap(({ fingerprints }) => Object.entries(fingerprints))),
    pipelineUrl: records.find(({ pipelineUrl }) => pipelineUrl !== null)?.pipelineUrl ?? null,
    labels: Object.fromEntries(records.flatMap(({ labels }) => Object.entries(labels))),
  };
}

/** The rollout's start, else the move to the release. */
function servedSince({ releaseId }: StoredRequest, { rollout, move }: RequestOrigin): number | undefined {
  if (rollout !== undefined) return rollout.startedAtMs;
  return move?.toReleaseId === releaseId ? move.atMs : undefined;
}

function approvalsOf({ control }: ReadDeps, { rollout }: RequestOrigin): RequestTraceView["approvals"] {
  if (rollout === undefined) return [];
  return listApprovals(control, { rolloutId: rollout.id }).map((row) => ({
    by: actorOf(row),
    at: row.atMs,
    verdict: row.verdict,
    reason: row.reason,
  }));
}

function gatesOf(
  deps: ReadDeps,
  { request, origin, knownGoodId }: Traced & { knownGoodId: string | null },
): RequestTraceView["gates"] {
  const { application, releaseId } = request;
  if (releaseId === null) return [];
  const { rollout } = origin;
  return readGates(deps, {
    application,
    releaseId,
    baselineId: rollout?.controlId ?? knownGoodId,
    policy: rollout === undefined ? undefined : policyOf(deps.control, rollout),
  });
}

/** The incident in which the release was rolled back, else an open one about it. */
function incidentOf({ control }: ReadDeps, { request, origin }: Traced): string | null {
  const { application, releaseId } = request;
  const { rollout, alias } = origin;
  if (releaseId === null) return null;
  const mark = alias === undefined ? undefined : findBadMark(control, { application, alias, releaseId });
  const open = findOpenIncidentOfRelease(control, { application, releaseId });
  return rollout?.incidentId ?? mark?.incidentId ?? open?.id ?? null;
}
