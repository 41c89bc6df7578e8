/** Which judges score a rollout's two arms, and what their scores may decide: asked before each evaluation. */
import { judgeRecord } from "@/server/control/judge-core";
import { judgeStanding, type JudgeStanding, type JudgeState } from "@/server/domain/judge/judge-standing";
import type { Policy } from "@/server/domain/policy/policy";
import { parseReference } from "@/server/domain/release/component-map";
import type { ControlDatabase } from "@/server/store/control/database";
import { findRelease } from "@/server/store/control/releases";
import type { RequestFilter, TelemetryReader } from "@/server/store/telemetry-reader";
import type { Comparison } from "./rule-windows";

/** Requests whose judges are looked at, the newest of this long. */
const MOST_REQUESTS = 100;
const MOST_SCORED = 20;
const RECENT_MS = 30 * 60_000;

/** Standing by the score's name; a policy without score rules reads nothing. */
export type ScoreJudges = ReadonlyMap<string, JudgeStanding>;

interface Deps {
  control: ControlDatabase;
  telemetry: TelemetryReader;
}

/** The standing of every score that the policy has a rule on. */
export function scoreJudges(
  deps: Deps,
  { policy, comparison, nowMs }: { policy: Policy; comparison: Comparison; nowMs: number },
): ScoreJudges {
  const names = new Set(policy.thresholds.flatMap(({ metric }) => (metric.kind === "score" ? [metric.name] : [])));
  if (names.size === 0) return new Map();
  const { application, candidateId, candidateTrack, controlId } = comparison;
  const range = { application, fromMs: Math.max(comparison.dataFromMs, nowMs - RECENT_MS), toMs: nowMs };
  const candidate = { ...range, releaseId: candidateId, track: candidateTrack };
  const control = controlId === null ? undefined : ({ ...range, releaseId: controlId, track: "control" } as const);
  return new Map(
    [...names].map((score) => {
      const scored = judgesOf(deps, { ...candidate, score });
      const mine = scored ?? declaredJudges(deps.control, { ...candidate, score });
      // Nothing is known before the first score, and nothing can be decided on it either.
      if (scored === undefined && mine.length === 0) return [score, {}];
      const theirs = control === undefined ? undefined : judgesOf(deps, { ...control, score });
      const stateAt = (judge: string): JudgeState => stateOf(deps.control, { application, judge, score, nowMs });
      return [score, judgeStanding({ candidate: mine, control: theirs, stateOf: stateAt })];
    }),
  );
}

interface Arm extends Required<Pick<RequestFilter, "application" | "releaseId" | "track" | "fromMs" | "toMs">> {
  score: string;
}

/**
 * Judges named with the arm's newest scores; where they name none, the judge that the release declares. Undefined while
 * the arm has no score.
 */
function judgesOf({ control, telemetry }: Deps, arm: Arm): string[] | undefined {
  const { score, ...filter } = arm;
  const newest = telemetry.newestJudges(filter, { score, limit: MOST_REQUESTS });
  // Where only a small share is judged, the newest requests may hold none.
  const found =
    newest.length > 0
      ? newest
      : telemetry.newestJudges({ ...filter, score: { name: score } }, { score, limit: MOST_SCORED });
  if (found.length === 0) return undefined;
  const named = new Set(found.filter((judge) => judge !== null));
  return named.size === 0 ? declaredJudges(control, arm) : [...named].toSorted();
}

/** `judge/groundedness: groundedness@3`, or the release's only judge. */
function declaredJudges(
  control: ControlDatabase,
  { application, releaseId, score }: Pick<Arm, "application" | "releaseId" | "score">,
): string[] {
  if (releaseId === null) return [];
  const components = findRelease(control, { application, releaseId })?.components ?? {};
  const slots = Object.entries(components).filter(([kind]) => kind === "judge" || kind.startsWith("judge/"));
  const own = slots.find(([kind]) => kind === `judge/${score}`) ?? (slots.length === 1 ? slots[0] : undefined);
  const reference = own === undefined ? undefined : parseReference(own[1]);
  return reference === undefined ? [] : [`${reference.name}@${reference.version}`];
}

function stateOf(
  control: ControlDatabase,
  { nowMs, ...key }: { application: string; judge: string; score: string; nowMs: number },
): JudgeState {
  const { agreement, drifting } = judgeRecord(control, key, nowMs);
  return { calibrated: agreement.calibrated, reasons: agreement.reasons, drifting };
}
