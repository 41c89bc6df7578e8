/** What a rollback would do, shown before the button is pressed: target, changes, what stays undone, whom it touches. */
import { conflict, notFound } from "@/server/domain/errors";
import { violationWords } from "@/server/domain/policy/violation-words";
import { findAlias, findNewestMove } from "@/server/store/control/aliases";
import { findNewestEvaluation } from "@/server/store/control/evaluations";
import { findOpenIncidentOfRelease } from "@/server/store/control/incidents";
import { findRelease } from "@/server/store/control/releases";
import { aliasMoveView } from "./alias-move-view";
import type { ReadDeps } from "./deps";
import { notUndone } from "./not-undone";
import { gatewayViews } from "./gateway-acks";
import { loadRollout } from "./rollout-summary";
import type { RolloutRow } from "@/server/store/control/rollouts";
import { partialTargets } from "./rollback-partial";
import { releaseRefs } from "./release-ref";
import type { RollbackPreviewView } from "./rollback-preview-view";
import { alternativesTo, lastServed, rollbackSides, targetView, type RollbackSides } from "./rollback-target";
import { storedEvaluation } from "./stored-evaluation";
import { observedTraffic, shareOf } from "./traffic-share";

/** Requests per minute and shares are of this long; subjects and regions of the hour. */
const NOW_MS = 300_000;
const HOUR_MS = 3_600_000;
const REGIONS = 20;

/**
 * @param revision what the caller saw: when the alias has moved since, `superseded` says what happened instead.
 * @throws DomainError `not_found` for an unknown alias or target; `conflict` for a target that already serves.
 */
export function readRollbackPreview(
  deps: ReadDeps,
  given: { application: string; alias?: string; toReleaseId?: string; revision?: number },
): RollbackPreviewView {
  const { control } = deps;
  const { application, alias = "production", revision } = given;
  const sides = requireSides(deps, { ...given, alias });
  const { current } = sides;
  const refs = releaseRefs(control, application);
  const lastServedAt = lastServed(deps, current);
  const { targetId } = sides;
  const target = targetView(deps, {
    sides,
    refs,
    lastServedAt: targetId === undefined ? null : lastServedAt(targetId),
  });
  const moved = revision !== undefined && current.revision > revision;
  const move = moved ? findNewestMove(control, current) : undefined;
  return {
    application,
    alias,
    revision: current.revision,
    from: refs(sides.failedId),
    target,
    targetMissingReason:
      target === null
        ? `No release of ${application} is known good on ${alias} before ${sides.failedId}: choose one by name.`
        : null,
    alternatives: alternativesTo(deps, { sides, refs, lastServedAt }),
    partial: partialTargets(deps, { sides, changes: target?.changes ?? [] }),
    willNotUndo: notUndone(target?.changes ?? []),
    blastRadius: blastRadius(deps, sides),
    gateways: gatewayViews(deps, current),
    suggestedReason: suggestedReason(deps, sides),
    superseded: move === undefined ? null : aliasMoveView(move),
  };
}

function requireSides(
  deps: ReadDeps,
  { application, alias, toReleaseId }: { application: string; alias: string; toReleaseId?: string },
): RollbackSides {
  const current = findAlias(deps.control, { application, alias });
  if (current === undefined) throw notFound("alias", `${alias} of ${application}`);
  if (toReleaseId !== undefined && findRelease(deps.control, { application, releaseId: toReleaseId }) === undefined) {
    throw notFound(`release of ${application}`, toReleaseId);
  }
  const sides = rollbackSides(deps, current, toReleaseId);
  if (sides.targetId === sides.failedId) {
    throw conflict(`${alias} serves ${sides.failedId} already: name another release, or leave toReleaseId out`);
  }
  return sides;
}

function blastRadius(deps: ReadDeps, { current, live, failedId }: RollbackSides): RollbackPreviewView["blastRadius"] {
  const { application } = current;
  const traffic = observedTraffic(deps, { application, lengthMs: NOW_MS });
  const share = shareOf(traffic, failedId);
  const hour = { fromMs: traffic.toMs - HOUR_MS, toMs: traffic.toMs };
  const regions = deps.telemetry.segmentValues({
    application,
    releaseId: failedId,
    key: "region",
    ...hour,
    limit: REGIONS,
  });
  return {
    requestsPerMinute: share === null ? null : ((traffic.counts.get(failedId) ?? 0) / NOW_MS) * 60_000,
    share,
    subjects: deps.telemetry.distinctSubjects({ application, releaseId: failedId, ...hour }),
    regions: regions.map(({ value, count }) => ({ region: value, count })),
    rolloutsThatEnd: live === undefined ? [] : [endOf(deps, live)],
  };
}

function endOf(deps: ReadDeps, live: RolloutRow): RollbackPreviewView["blastRadius"]["rolloutsThatEnd"][number] {
  const { id, candidateId: candidate, state } = live;
  return { id, candidate, state, approvals: loadRollout(deps, live).approved };
}

/** The evidence, ready to be edited: the newest evaluation's violations, else an open incident's title, else nothing. */
function suggestedReason({ control }: ReadDeps, { current, live, failedId }: RollbackSides): string {
  const evaluation = live === undefined ? undefined : findNewestEvaluation(control, { rolloutId: live.id });
  const violations = evaluation === undefined ? [] : storedEvaluation(evaluation).violations;
  if (violations.length > 0) return violations.map(violationWords).join("; ");
  const incident = findOpenIncidentOfRelease(control, { application: current.application, releaseId: failedId });
  return incident?.title ?? "";
}
