/** Measures the figures of telemetry health that more than one place asks for. Reads only. */
import { requestFigures, shareFigure, type HealthFigure } from "@/server/domain/health/telemetry-health";
import type { Track } from "@/server/domain/vocabulary";
import { SCORE_MATURITY_MS } from "@/server/store/sqlite/tiers";
import type { TelemetryReader } from "@/server/store/telemetry-reader";
import { shadowPairs } from "@/server/telemetry/shadow-pairs";

/** Shadows that are looked at one by one. */
const MOST_SHADOWS = 100;
/** Their originals may come this much later: exporters batch. */
const PAIR_PATIENCE_MS = 60_000;
/** Requests that should have their scores by now: those of this long, up to when scores still count as evidence. */
const SCORED_MS = 900_000;
/** How many have scores is learnt from this long before. */
const HABIT_MS = 6 * 3_600_000;

export interface HealthScope {
  application: string;
  fromMs: number;
  toMs: number;
  /** Newest requests that are looked at. */
  limit: number;
}

/** What the newest requests of a range tell about themselves. */
export function measureRequests(telemetry: TelemetryReader, scope: HealthScope): HealthFigure[] {
  return requestFigures(telemetry.quality(scope));
}

/** Shadow requests whose original is not there; only those of one release where it is named. */
export function measureShadowPairs(
  telemetry: TelemetryReader,
  { application, releaseId, fromMs, toMs }: Omit<HealthScope, "limit"> & { releaseId?: string },
): HealthFigure {
  const range = { application, releaseId, fromMs, toMs: toMs - PAIR_PATIENCE_MS };
  const pairs = shadowPairs(telemetry, range, MOST_SHADOWS);
  const alone = pairs.filter(({ original }) => original === undefined);
  return shareFigure("shadow_pairs", { hits: alone.length, count: pairs.length });
}

/**
 * Requests that should have a score by now, as many as used to have one, and have none. A score that comes later than
 * that is no evidence any more.
 */
export function measureJudgeLag(
  telemetry: TelemetryReader,
  {
    application,
    score,
    nowMs,
    arm,
  }: { application: string; score: string; nowMs: number; arm?: { releaseId: string; track: Track } },
): HealthFigure {
  const toMs = nowMs - SCORE_MATURITY_MS;
  const fromMs = toMs - SCORED_MS;
  const count = (measure: string, scope: { fromMs: number; toMs: number; releaseId?: string; track?: Track }): number =>
    telemetry.aggregate({ application, measure, ...scope }).count;
  const own = { fromMs, toMs, ...arm };
  const scored = count(`score:${score}`, own);
  const before = { fromMs: fromMs - HABIT_MS, toMs: fromMs };
  const habit = count(`score:${score}`, before) / Math.max(1, count("requests", before));
  const expected = Math.floor(count("requests", own) * Math.min(1, habit));
  return shareFigure("judge_lag", { hits: Math.max(0, expected - scored), count: expected, about: score });
}
