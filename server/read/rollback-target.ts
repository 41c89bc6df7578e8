/** Where a rollback would go and whether that release can take the traffic. The verb decides; this shows what it would do. */
import { exposureOf } from "@/server/domain/rollout/steps";
import { policyOf } from "@/server/control/rollout-core";
import { findBadMark, listMovesOfAlias, type AliasRow } from "@/server/store/control/aliases";
import { findLiveRollout, type RolloutRow } from "@/server/store/control/rollouts";
import { fillingEnd } from "./bucket";
import type { ReadDeps } from "./deps";
import { parityBreakWords, releaseParity, type ViewParity } from "./feature-parity";
import { knownGoodOf } from "./known-good-of";
import { changesBetween, type ReleaseRefs } from "./release-ref";
import type { RollbackPreviewView } from "./rollback-preview-view";
import { countWords } from "@/server/domain/words/count-words";
import { clockWords, lengthWords } from "@/server/domain/words/time-words";

/** Traffic is looked for this far back; before that the ledger tells when a release stopped. */
const TRAFFIC_MS = 86_400_000;
const ALTERNATIVES = 10;

/** What would stop, what would serve, and what is live on the alias. */
export interface RollbackSides {
  readonly current: AliasRow;
  readonly live: RolloutRow | undefined;
  /** The release that stops: the candidate that users see, else what the alias serves. */
  readonly failedId: string;
  /** Undefined when nothing is known good and nobody named a target. */
  readonly targetId: string | undefined;
  /** The candidate stops beside its control, which has been serving all along. */
  readonly isCanary: boolean;
}

/** The same choice as the verb's: the candidate that users see fails first, unless another target than its control is named. */
export function rollbackSides(deps: ReadDeps, current: AliasRow, toReleaseId?: string): RollbackSides {
  const { application, alias, releaseId } = current;
  const live = findLiveRollout(deps.control, current);
  const served = live !== undefined && exposureOf(policyOf(deps.control, live), live).track === "canary";
  if (served && (toReleaseId === undefined || toReleaseId === releaseId)) {
    return { current, live, failedId: live.candidateId, targetId: releaseId, isCanary: true };
  }
  const targetId = toReleaseId ?? knownGoodOf(deps, { application, alias, current: releaseId });
  return { current, live, failedId: releaseId, targetId, isCanary: false };
}

/** When each release last answered a user, as far as telemetry and the ledger tell. */
export function lastServed(deps: ReadDeps, { application, alias }: AliasRow): (releaseId: string) => number | null {
  const toMs = fillingEnd(deps.nowMs);
  const seen = new Map<string | null, number>();
  for (const { releaseId, track, lastMs } of deps.telemetry.traffic({ application, fromMs: toMs - TRAFFIC_MS, toMs })) {
    if (track !== "shadow") seen.set(releaseId, Math.max(seen.get(releaseId) ?? 0, lastMs));
  }
  const moves = listMovesOfAlias(deps.control, { application, alias });
  return (releaseId) => {
    const left = moves.findLast((move) => move.fromReleaseId === releaseId)?.atMs;
    return seen.get(releaseId) ?? left ?? null;
  };
}

/** The target with the reason it was chosen, its readiness and the components that move. */
export function targetView(
  deps: ReadDeps,
  given: { sides: RollbackSides; refs: ReleaseRefs; lastServedAt: number | null },
): RollbackPreviewView["target"] {
  const { sides, refs, lastServedAt } = given;
  const { current, failedId, targetId } = sides;
  if (targetId === undefined) return null;
  const { application } = current;
  return {
    release: refs(targetId),
    why: whyTarget(deps, sides),
    lastServedAt,
    readiness: readiness(deps, { sides, targetId, refs, lastServedAt }),
    changes: changesBetween(deps.control, { application, fromId: failedId, toId: targetId }) ?? [],
  };
}

function whyTarget(deps: ReadDeps, { current, targetId, isCanary }: RollbackSides): string {
  const { application, alias, releaseId } = current;
  if (isCanary) return `It serves ${alias} beside the candidate since ${clockWords(current.changedAtMs, deps.nowMs)}.`;
  const isGood = targetId === knownGoodOf(deps, { application, alias, current: releaseId });
  const held = targetId === undefined ? 0 : heldMs(deps, { application, alias, releaseId: targetId });
  const heldWords = held === 0 ? "" : `; it held ${alias} for ${lengthWords(held)}`;
  return isGood
    ? `The last release known to be good on ${alias}${heldWords}.`
    : `It was chosen by name and is not the last known good release${heldWords}.`;
}

/** How long the alias has pointed at the release, all times together. */
function heldMs(
  { control, nowMs }: ReadDeps,
  { application, alias, releaseId }: { application: string; alias: string; releaseId: string },
): number {
  const moves = listMovesOfAlias(control, { application, alias });
  return moves.reduce(
    (sum, move, index) => (move.toReleaseId === releaseId ? sum + (moves[index + 1]?.atMs ?? nowMs) - move.atMs : sum),
    0,
  );
}

type Readiness = NonNullable<RollbackPreviewView["target"]>["readiness"];

function readiness(
  deps: ReadDeps,
  given: { sides: RollbackSides; targetId: string; refs: ReleaseRefs; lastServedAt: number | null },
): Readiness {
  const { sides, targetId, refs, lastServedAt } = given;
  const { application, alias } = sides.current;
  const { registered } = refs(targetId);
  const mark = findBadMark(deps.control, { application, alias, releaseId: targetId });
  return [
    {
      name: "manifest complete",
      ok: registered,
      detail: registered ? "every component is registered" : "this release was never registered",
    },
    servedReadiness(lastServedAt, deps.nowMs),
    parityReadiness(releaseParity(deps, { application, releaseId: targetId })),
    {
      name: "not marked bad",
      ok: mark === undefined,
      detail: mark === undefined ? "no rollback has marked it" : `marked by a rollback: ${mark.reason}`,
    },
  ];
}

/** What is not known is said, and holds nobody up: going back is safer than staying. */
function parityReadiness(views: readonly ViewParity[]): Readiness[number] {
  const name = "feature parity";
  const broken = views.filter(({ equal }) => equal === false);
  if (broken.length > 0) return { name, ok: false, detail: broken.map(parityBreakWords).join("; ") };
  if (views.length === 0) return { name, ok: true, detail: "it has no feature view" };
  const known = views.filter(({ equal }) => equal === true);
  const unknown = views.filter(({ equal }) => equal === null).map(({ view }) => view);
  const holds = `${known.length} of ${countWords(views.length, "feature view")} equal offline and online`;
  const open = unknown.length === 0 ? "" : `; not known of ${unknown.join(", ")}: a side has never reported`;
  return { name, ok: unknown.length === 0 ? true : null, detail: `${holds}${open}` };
}

function servedReadiness(lastServedAt: number | null, nowMs: number): Readiness[number] {
  const name = "served recently";
  if (lastServedAt === null) return { name, ok: false, detail: "it has never served here" };
  const ageMs = nowMs - lastServedAt;
  const detail = `last answer ${clockWords(lastServedAt, nowMs)}, ${lengthWords(ageMs)} ago`;
  return { name, ok: ageMs <= TRAFFIC_MS, detail };
}

/** Other releases that the alias pointed at, newest first; those that cannot be chosen say why. */
export function alternativesTo(
  deps: ReadDeps,
  given: { sides: RollbackSides; refs: ReleaseRefs; lastServedAt: (releaseId: string) => number | null },
): RollbackPreviewView["alternatives"] {
  const { sides, refs, lastServedAt } = given;
  const { application, alias } = sides.current;
  const held = listMovesOfAlias(deps.control, { application, alias }).map((move) => move.toReleaseId);
  const others = [...new Set(held.toReversed())].filter((id) => id !== sides.failedId && id !== sides.targetId);
  return others.slice(0, ALTERNATIVES).map((releaseId) => {
    const release = refs(releaseId);
    const mark = findBadMark(deps.control, { application, alias, releaseId });
    const why = !release.registered
      ? "never registered: its components are unknown"
      : mark === undefined
        ? undefined
        : `marked bad by a rollback: ${mark.reason}`;
    return {
      release,
      eligible: why === undefined,
      reason: why ?? `held ${alias} for ${lengthWords(heldMs(deps, { application, alias, releaseId }))}`,
      lastServedAt: lastServedAt(releaseId),
    };
  });
}
