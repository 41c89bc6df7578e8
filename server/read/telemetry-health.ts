/** How fit an application's telemetry is to decide on: the Telemetry page, and what of it needs a person. */
import { notFound } from "@/server/domain/errors";
import {
  requestFigures,
  shareFigure,
  SPLIT_HOLD,
  statedFigure,
  type HealthFigure,
  type HealthState,
} from "@/server/domain/health/telemetry-health";
import { countWords, shareWords } from "@/server/domain/words/count-words";
import { lengthWords } from "@/server/domain/words/time-words";
import { findApplication } from "@/server/store/control/applications";
import { findRelease } from "@/server/store/control/releases";
import { listLiveRollouts } from "@/server/store/control/rollouts";
import { OTHER } from "@/server/store/sqlite/series-registry";
import type { QualityGroup } from "@/server/store/telemetry-reader";
import { measureJudgeLag, measureShadowPairs } from "@/server/telemetry/health/measure-health";
import { emitterOf } from "@/server/telemetry/mapper/conventions";
import { fillingEnd } from "./bucket";
import { resolveCompareSubject, type CompareSubject } from "./compare-subject";
import { compareTraffic } from "./compare-traffic";
import type { ReadDeps } from "./deps";
import { readFreshness } from "./freshness";
import { links } from "./links";
import type { OverviewView } from "./overview-view";
import type { TelemetryHealthView } from "./telemetry-health-view";

/** The page looks at an hour; what needs a person is what holds a rollout back now. */
const PAGE = { lengthMs: 3_600_000, limit: 20_000 };
const NOW = { lengthMs: 300_000, limit: 2_000 };
/** A score that nobody gives any more stops being missed after this long. */
const SCORES_MS = 6 * 3_600_000;
const DEFAULT_SEGMENTS: readonly string[] = ["region", "tenant"];
const MOST_VALUES = 1_000;

interface Scope {
  application: string;
  fromMs: number;
  toMs: number;
  limit: number;
}

/** @throws DomainError `not_found` for an application that was never registered and never sent anything. */
export function readTelemetryHealth(deps: ReadDeps, { application }: { application: string }): TelemetryHealthView {
  const registered = findApplication(deps.control, application);
  if (registered === undefined && !deps.telemetry.applications().includes(application)) {
    throw notFound("application", application);
  }
  const scope = scopeOf(deps, application, PAGE);
  const groups = deps.telemetry.quality(scope);
  const figures = [...figuresOf(deps, scope, groups), dataAge(deps, application)].toSorted(
    (a, b) => RANKS[a.state] - RANKS[b.state],
  );
  const requests = deps.telemetry.aggregate({ ...scope, measure: "requests" }).count;
  return {
    application,
    freshness: readFreshness(deps, application),
    ...sentenceOf(figures, requests),
    range: { from: scope.fromMs, to: scope.toMs },
    requests,
    sampled: sum(groups, ({ count }) => count),
    figures,
    senders: sendersOf(groups),
    telemetryKeys: registered?.telemetryKeys ?? {},
  };
}

type Need = OverviewView["needsAPerson"][number];

/** What holds decisions back now, as one need. Silence and unregistered releases are told by needs of their own. */
export function telemetryNeeds(deps: ReadDeps, application: string): Need[] {
  const scope = scopeOf(deps, application, NOW);
  const bad = figuresOf(deps, scope, deps.telemetry.quality(scope)).filter(({ state }) => state === "bad");
  if (bad.length === 0) return [];
  const blocks = [...new Set(bad.flatMap((figure) => figure.blocks ?? []))].join(", ");
  const sentence = `${bad.map(figureWords).join("; ")}. That holds back ${blocks}.`;
  return [{ kind: "telemetry", sentence, href: links.telemetry(application), at: scope.toMs }];
}

function scopeOf({ nowMs }: ReadDeps, application: string, { lengthMs, limit }: typeof PAGE): Scope {
  const toMs = fillingEnd(nowMs);
  return { application, fromMs: toMs - lengthMs, toMs, limit };
}

const RANKS: Readonly<Record<HealthState, number>> = { bad: 0, watch: 1, ok: 2, unknown: 3 };

function figuresOf(deps: ReadDeps, scope: Scope, groups: readonly QualityGroup[]): HealthFigure[] {
  return [
    ...requestFigures(groups),
    unregistered(deps, scope),
    duplicates(deps, scope),
    measureShadowPairs(deps.telemetry, scope),
    ...judgeLags(deps, scope),
    ...splits(deps, scope),
    ...overflows(deps, scope),
  ];
}

function unregistered({ control, telemetry }: ReadDeps, { application, ...range }: Scope): HealthFigure {
  const traffic = telemetry.traffic({ application, ...range });
  const isUnknown = ({ releaseId }: (typeof traffic)[number]): boolean =>
    releaseId !== null && findRelease(control, { application, releaseId }) === undefined;
  return shareFigure("release_unregistered", {
    hits: sum(traffic.filter(isUnknown), ({ count }) => count),
    count: sum(traffic, ({ count }) => count),
  });
}

function duplicates({ telemetry }: ReadDeps, { application, fromMs, toMs }: Scope): HealthFigure {
  const hits = telemetry.duplicates({ application, fromMs, toMs });
  const { count } = telemetry.aggregate({ application, fromMs, toMs, measure: "requests" });
  return shareFigure("duplicates", { hits, count: count + hits });
}

function judgeLags({ telemetry, nowMs }: ReadDeps, { application, toMs }: Scope): HealthFigure[] {
  return telemetry
    .measures({ application, fromMs: toMs - SCORES_MS, toMs })
    .filter((measure) => measure.startsWith("score:"))
    .map((measure) => measureJudgeLag(telemetry, { application, score: measure.slice("score:".length), nowMs }));
}

/** One figure per live rollout that splits users. */
function splits(deps: ReadDeps, { application }: Scope): HealthFigure[] {
  return listLiveRollouts(deps.control, application)
    .filter(({ state }) => state === "canary")
    .flatMap((rollout): HealthFigure[] => {
      const subject = resolveCompareSubject(deps, { rolloutId: rollout.id });
      const traffic = compareTraffic(deps, subject);
      const { configuredShare, observedShare, candidateCount, controlCount } = traffic;
      if (configuredShare === null) return [];
      return [
        statedFigure("split", {
          value: observedShare,
          count: candidateCount + controlCount,
          state: splitState(traffic, subject),
          about: `${rollout.candidateId}, ${shareWords(configuredShare)} configured`,
        }),
      ];
    });
}

/** Requests that look off are worth a look; what the evaluator has found of the subjects holds the rollout. */
function splitState(
  { observedShare, warning }: ReturnType<typeof compareTraffic>,
  { evaluation }: CompareSubject,
): HealthState {
  if (evaluation?.waitingFor.some(({ what }) => what.startsWith(SPLIT_HOLD)) === true) return "bad";
  if (observedShare === null) return "unknown";
  return warning === null ? "ok" : "watch";
}

function overflows({ control, telemetry }: ReadDeps, { application, fromMs, toMs }: Scope): HealthFigure[] {
  const keys = findApplication(control, application)?.segments ?? DEFAULT_SEGMENTS;
  return keys.flatMap((key): HealthFigure[] => {
    const values = telemetry.segmentValues({ application, key, fromMs, toMs, limit: MOST_VALUES });
    const hits = values.find(({ value }) => value === OTHER)?.count ?? 0;
    return hits === 0
      ? []
      : [shareFigure("segment_overflow", { hits, count: sum(values, ({ count }) => count), about: key })];
  });
}

const AGE_STATES = { fresh: "ok", late: "watch", stale: "bad", none: "unknown" } as const;

function dataAge(deps: ReadDeps, application: string): HealthFigure {
  const { state, dataTo, asOf } = readFreshness(deps, application);
  return statedFigure("data_age", {
    value: dataTo === null ? null : Math.max(0, asOf - dataTo),
    count: dataTo === null ? 0 : 1,
    state: AGE_STATES[state],
  });
}

/** `Requests of no known release: 25 % of 1,204`. */
function figureWords({ label, about, value, unit, count }: HealthFigure): string {
  const named = about === null ? label : `${label} (${about})`;
  if (value === null) return named;
  return unit === "ms"
    ? `${named}: ${lengthWords(value)}`
    : `${named}: ${shareWords(value)} of ${countWords(count, "request")}`;
}

function sentenceOf(
  figures: readonly HealthFigure[],
  requests: number,
): Pick<TelemetryHealthView, "sentence" | "tone"> {
  const of = (state: HealthState): HealthFigure[] => figures.filter((figure) => figure.state === state);
  const [worst] = of("bad");
  if (worst !== undefined) {
    return { sentence: `Not fit to decide on. ${figureWords(worst)}. ${worst.consequence}`, tone: "breach" };
  }
  if (requests === 0)
    return { sentence: "No request came in the last hour, so nothing can be said of its telemetry.", tone: "neutral" };
  const [first, ...others] = of("watch");
  if (first === undefined) {
    return {
      sentence: `Fit to decide on: ${countWords(requests, "request")} in the last hour, and nothing odd about them.`,
      tone: "ok",
    };
  }
  const more = others.length === 0 ? "" : ` ${countWords(others.length, "more figure")} to look at.`;
  return { sentence: `Fit to decide on, but look at this. ${figureWords(first)}.${more}`, tone: "review" };
}

function sendersOf(groups: readonly QualityGroup[]): TelemetryHealthView["senders"] {
  const bySender = new Map<string, QualityGroup[]>();
  for (const group of groups) {
    const name = emitterOf(group.sources);
    bySender.set(name, [...(bySender.get(name) ?? []), group]);
  }
  return [...bySender]
    .map(([name, own]) => {
      const shares = new Map(requestFigures(own).map(({ id, value }) => [id, value]));
      return {
        name,
        count: sum(own, ({ count }) => count),
        newestAt: Math.max(...own.map(({ newestMs }) => newestMs)),
        releaseMissing: shares.get("release_missing") ?? 0,
        clockAhead: shares.get("clock_ahead") ?? 0,
        mostAheadMs: Math.max(...own.map(({ mostAheadMs }) => mostAheadMs)),
        ttftImpossible: shares.get("ttft_impossible") ?? null,
      };
    })
    .toSorted((a, b) => b.count - a.count);
}

function sum<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
