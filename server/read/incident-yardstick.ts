/** Bad requests of any release, counted by the limit that an incident broke, where it broke it. */
import { badRequests } from "@/server/domain/blame/bad-requests";
import type { Arm, ArmPair } from "@/server/domain/blame/effect";
import type { PastRelease } from "@/server/domain/blame/rank-components";
import { parseMetric, type Metric } from "@/server/domain/metric/metric";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import { listReleases, type ReleaseRow } from "@/server/store/control/releases";
import { listRollouts } from "@/server/store/control/rollouts";
import type { TelemetryScope } from "@/server/store/telemetry-reader";
import { wholeBuckets } from "./bucket";
import type { ComponentChange } from "./common-view";
import type { ReadDeps } from "./deps";
import type { IncidentStory } from "./incident-story";
import { served } from "./served";

/** Releases looked back at, and rollouts of each. */
const RELEASES = 60;
const ROLLOUTS = 5;

/** What "bad" means here, and where it is looked at. */
export interface Yardstick {
  readonly metric: Metric;
  readonly name: string;
  readonly limit: number | undefined;
  readonly scope: TelemetryScope;
}

/** The first broken limit by which single requests are bad, in its segment; else completed tasks of all requests. */
export function yardstickOf({ breaches, incident: { application } }: IncidentStory): Yardstick {
  for (const { violation, threshold, segment } of breaches) {
    const metric = parseMetric(violation.metric);
    if (metric === undefined) continue;
    const limit = threshold !== undefined && "limit" in threshold.bound ? threshold.bound.limit : undefined;
    const countable =
      metric.kind === "rate" || (limit !== undefined && (metric.kind === "quantile" || metric.kind === "score"));
    if (!countable) continue;
    return {
      metric,
      name: violation.metric,
      limit,
      scope: { application, ...(segment === undefined ? {} : { segment }) },
    };
  }
  const metric = { kind: "rate", event: "task_completion" } as const;
  return { metric, name: "task_completion_rate", limit: undefined, scope: { application } };
}

interface Query {
  readonly yardstick: Yardstick;
  readonly releaseId: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export function armOf({ telemetry }: ReadDeps, { yardstick, releaseId, fromMs, toMs }: Query): Arm {
  const { metric, limit, scope } = yardstick;
  const aggregate = served(telemetry, { ...scope, releaseId, measure: aggregateKey(metric), fromMs, toMs });
  return badRequests(metric, { aggregate, limit }) ?? { bad: 0, count: 0 };
}

export function pairOf(deps: ReadDeps, { controlId, ...query }: Query & { controlId: string }): ArmPair {
  return { release: armOf(deps, query), control: armOf(deps, { ...query, releaseId: controlId }) };
}

/** Other releases that had what the failed one changed to, each in its rollouts, beside the control of that time. */
export function pastReleases(
  deps: ReadDeps,
  given: { story: IncidentStory; changes: readonly ComponentChange[]; yardstick: Yardstick; knownGoodId: string },
): PastRelease[] {
  const { story, changes, yardstick, knownGoodId } = given;
  const { application, releaseId } = story.incident;
  return listReleases(deps.control, { application, limit: RELEASES })
    .items.filter(({ id }) => id !== releaseId && id !== knownGoodId)
    .flatMap((release) => {
      const shares = sharedKinds(release, changes);
      const pair = shares.length === 0 ? undefined : servedPair(deps, { release, yardstick });
      return pair === undefined ? [] : [{ releaseId: release.id, shares, pair }];
    });
}

/** A component that was taken out is shared by a release that has none either. */
function sharedKinds({ components }: ReleaseRow, changes: readonly ComponentChange[]): string[] {
  return changes.filter(({ kind, to }) => (components[kind] ?? null) === to).map(({ kind }) => kind);
}

/** Undefined when it never served beside another release. */
function servedPair(
  deps: ReadDeps,
  { release, yardstick }: { release: ReleaseRow; yardstick: Yardstick },
): ArmPair | undefined {
  const { application, id } = release;
  const pairs = listRollouts(deps.control, { application, candidateId: id, limit: ROLLOUTS }).items.flatMap(
    (rollout) => {
      if (rollout.controlId === null) return [];
      const range = wholeBuckets(rollout.startedAtMs, rollout.endedAtMs ?? deps.nowMs);
      return [pairOf(deps, { yardstick, releaseId: id, controlId: rollout.controlId, ...range })];
    },
  );
  const sum = (pick: (pair: ArmPair) => Arm): Arm => ({
    bad: pairs.reduce((total, pair) => total + pick(pair).bad, 0),
    count: pairs.reduce((total, pair) => total + pick(pair).count, 0),
  });
  const pair = { release: sum((one) => one.release), control: sum((one) => one.control) };
  return pair.release.count === 0 || pair.control.count === 0 ? undefined : pair;
}
