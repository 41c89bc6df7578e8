/**
 * How fit an application's telemetry is to be judged on: each figure with its limits, what follows when it is beyond them,
 * and what to do. The one place that says when data are too bad to decide a promotion on.
 */
import { shareWords } from "@/server/domain/words/count-words";
import { lengthWords } from "@/server/domain/words/time-words";

/** A sender's clock may be this far ahead of the server's before it is remarked. */
export const CLOCK_AHEAD_MS = 5_000;
/** Windows settle this long after their end: what arrives later was not in them when they were judged. */
export const LATE_MS = 30_000;

export const HEALTH_FIGURES = [
  "release_missing",
  "release_by_alias",
  "release_unknown",
  "release_unregistered",
  "clock_ahead",
  "late",
  "ttft_impossible",
  "duplicates",
  "shadow_pairs",
  "split",
  "judge_lag",
  "segment_overflow",
  "data_age",
] as const;
export type HealthFigureId = (typeof HEALTH_FIGURES)[number];

export const HEALTH_STATES = ["ok", "watch", "bad", "unknown"] as const;
export type HealthState = (typeof HEALTH_STATES)[number];

interface FigureSpec {
  readonly label: string;
  readonly unit: "ratio" | "ms";
  /** From here on it is shown as something to look at. */
  readonly watchAt: number;
  /** From here on it is bad; null for what never is. */
  readonly badAt: number | null;
  /** Fewer of them are never bad: a handful says nothing. */
  readonly fewest: number;
  readonly consequence: string;
  readonly remedy: string;
  /** What a bad value holds back. */
  readonly blocks: string | null;
}

/** 1 request in 100 is worth a look. */
const NOTICEABLE = 0.01;
/** Any at all. */
const ANY = 1e-9;

export const FIGURE_SPECS: Readonly<Record<HealthFigureId, FigureSpec>> = {
  release_missing: {
    label: "Requests that do not name their release",
    unit: "ratio",
    watchAt: NOTICEABLE,
    badAt: null,
    fewest: 0,
    consequence: "Their release is found by version, commit, prompt or alias: right only while those name one release.",
    remedy: "Set switchback.release.id in the gateway, per span or as a resource attribute.",
    blocks: null,
  },
  release_by_alias: {
    label: "Of those, counted for what the alias served",
    unit: "ratio",
    watchAt: NOTICEABLE,
    badAt: null,
    fewest: 0,
    consequence: "While two releases serve, a request of one may count for the other.",
    remedy: "Set switchback.release.id in the gateway; nothing else tells the two apart.",
    blocks: null,
  },
  release_unknown: {
    label: "Requests of no known release",
    unit: "ratio",
    watchAt: ANY,
    badAt: 0.1,
    fewest: 20,
    consequence: "They belong to one of the releases that serve, and nobody knows to which: no rule counts them.",
    remedy: "Name the release in the telemetry, or register the version that it names.",
    blocks: "promotion",
  },
  release_unregistered: {
    label: "Requests of a release that nobody registered",
    unit: "ratio",
    watchAt: ANY,
    badAt: null,
    fewest: 0,
    consequence: "Nobody can say what it is made of, compare it, or roll back to it.",
    remedy: "Register it in the pipeline that builds it: switchback release register.",
    blocks: null,
  },
  clock_ahead: {
    label: "Requests from a clock that is ahead",
    unit: "ratio",
    watchAt: NOTICEABLE,
    badAt: 0.1,
    fewest: 20,
    consequence: "They count in windows that have not come yet, and are missing where they happened.",
    remedy: "Synchronise the clocks of the gateways with NTP.",
    blocks: "promotion",
  },
  late: {
    label: "Requests that arrive after their window settled",
    unit: "ratio",
    watchAt: NOTICEABLE,
    badAt: null,
    fewest: 0,
    consequence: "Windows were judged without them and are amended afterwards; evidence counts them when they arrive.",
    remedy: "Shorten the exporters’ batch delay, or give the policy a longer settle.",
    blocks: null,
  },
  ttft_impossible: {
    label: "Times to first token that cannot be",
    unit: "ratio",
    watchAt: NOTICEABLE,
    badAt: 0.05,
    fewest: 20,
    consequence:
      "They lie before the start, after the end, or at the end of a stream: what is measured is not the first token.",
    remedy: "Measure at the first chunk; gen_ai.response.time_to_first_chunk is in seconds.",
    blocks: "rules on the time to first token",
  },
  duplicates: {
    label: "Records sent again",
    unit: "ratio",
    watchAt: 0.05,
    badAt: null,
    fewest: 0,
    consequence:
      "Each counts once; the rest is work for nothing, and a sign of an exporter that times out or exports twice.",
    remedy: "Raise the exporter’s timeout, and export each span through one pipeline only.",
    blocks: null,
  },
  shadow_pairs: {
    label: "Shadow requests without the request that they copy",
    unit: "ratio",
    watchAt: 0.05,
    badAt: 0.2,
    fewest: 10,
    consequence: "They cannot be compared in pairs: a difference of the requests looks like one of the releases.",
    remedy: "Send switchback.shadow_of with the id of the request, and sample both alike.",
    blocks: "promotion out of shadow",
  },
  split: {
    label: "Candidate’s share of the traffic",
    unit: "ratio",
    watchAt: 0,
    badAt: 0,
    fewest: 0,
    consequence: "A canary that gets another share than configured is not a fair sample of the users.",
    remedy: "Let the gateways assign by the assignment endpoint or the flag, by subject.",
    blocks: "promotion",
  },
  judge_lag: {
    label: "Requests without the score that they should have",
    unit: "ratio",
    watchAt: 0.5,
    badAt: 0.95,
    fewest: 20,
    consequence: "Scores that come more than 10 minutes after their request are shown and decide nothing.",
    remedy: "Look at the judge’s queue; score the newest requests first.",
    blocks: "rules on the score",
  },
  segment_overflow: {
    label: "Requests whose segment value is one too many",
    unit: "ratio",
    watchAt: ANY,
    badAt: null,
    fewest: 0,
    consequence: "They are counted together under __other__: a loss in one of these values cannot be seen.",
    remedy: "Segment by something of fewer values: a tier instead of a customer.",
    blocks: null,
  },
  data_age: {
    label: "Age of the newest request",
    unit: "ms",
    watchAt: 0,
    badAt: 0,
    fewest: 0,
    consequence: "Nothing that is newer than this can be said of any release.",
    remedy: "See that the gateways serve and that their exporters reach the intake.",
    blocks: "every decision",
  },
};

/** How the evaluator’s hold on a wrong split begins. */
export const SPLIT_HOLD = "traffic to be split as configured";

/** One figure of one application at one time. */
export interface HealthFigure extends Omit<FigureSpec, "watchAt" | "badAt" | "fewest"> {
  readonly id: HealthFigureId;
  /** The score, segment or rollout that it is about; null for the application as a whole. */
  readonly about: string | null;
  /** Null where there is nothing to measure. */
  readonly value: number | null;
  /** What the value is of. */
  readonly count: number;
  /** Where it becomes something to look at, and where it blocks; null where that is no fixed number. */
  readonly watchAt: number | null;
  readonly badAt: number | null;
  readonly state: HealthState;
}

/** A share by its spec: `hits` of `count`. */
export function shareFigure(
  id: HealthFigureId,
  { hits, count, about = null }: { hits: number; count: number; about?: string | null },
): HealthFigure {
  const { watchAt, badAt, fewest, ...words } = FIGURE_SPECS[id];
  const value = count === 0 ? null : hits / count;
  const state = value === null ? "unknown" : stateOf(value, hits, { watchAt, badAt, fewest });
  return { id, about, value, count, watchAt: watchAt === ANY ? 0 : watchAt, badAt, state, ...words };
}

function stateOf(
  value: number,
  hits: number,
  { watchAt, badAt, fewest }: Pick<FigureSpec, "watchAt" | "badAt" | "fewest">,
): HealthState {
  if (badAt !== null && value >= badAt && hits >= fewest) return "bad";
  return value >= watchAt && hits > 0 ? "watch" : "ok";
}

/** A figure whose state something else has decided. */
export function statedFigure(
  id: HealthFigureId,
  given: { value: number | null; count: number; state: HealthState; about?: string | null; watchAt?: number | null },
): HealthFigure {
  const { label, unit, consequence, remedy, blocks } = FIGURE_SPECS[id];
  const words = { label, unit, consequence, remedy, blocks };
  return { id, about: null, watchAt: null, badAt: null, ...words, ...given };
}

/** Requests that are alike in what tells the quality of their data. */
export interface QualityCounts {
  readonly releaseId: string | null;
  readonly releaseSource: "explicit" | "version" | "alias" | "unknown";
  readonly flags: readonly string[];
  readonly hasTtft: boolean;
  readonly count: number;
  /** Began more than `CLOCK_AHEAD_MS` after they arrived. */
  readonly ahead: number;
  /** Arrived more than `LATE_MS` after their end. */
  readonly late: number;
}

/** Remarks on a time to first token that is none. The last two are shown as sent by the JSON API or suspicious. */
const TTFT_FLAGS: ReadonlySet<string> = new Set(["ttft_impossible", "ttft_exceeds_duration", "ttft_equals_duration"]);

/** The figures that requests tell about themselves. */
export function requestFigures(groups: readonly QualityCounts[]): HealthFigure[] {
  const sum = (count: (group: QualityCounts) => number): number => groups.reduce((total, one) => total + count(one), 0);
  const count = sum((group) => group.count);
  const share = (id: HealthFigureId, hits: (group: QualityCounts) => number): HealthFigure =>
    shareFigure(id, { hits: sum(hits), count });
  const isWrong = ({ flags }: QualityCounts): boolean => flags.some((flag) => TTFT_FLAGS.has(flag));
  return [
    share("release_missing", (group) => (group.releaseSource === "explicit" ? 0 : group.count)),
    share("release_by_alias", (group) => (group.releaseSource === "alias" ? group.count : 0)),
    share("release_unknown", (group) => (group.releaseId === null ? group.count : 0)),
    share("clock_ahead", (group) => group.ahead),
    share("late", (group) => group.late),
    shareFigure("ttft_impossible", {
      hits: sum((group) => (isWrong(group) ? group.count : 0)),
      count: sum((group) => (group.hasTtft || isWrong(group) ? group.count : 0)),
    }),
  ];
}

/**
 * What a rollout waits for while the figure is bad, as a phrase that "waiting for" can stand before; undefined while it is
 * not.
 *
 * @param lengthMs over which it was measured.
 */
export function holdOf(figure: HealthFigure, lengthMs: number): string | undefined {
  const { id, state, value, about } = figure;
  if (state !== "bad" || value === null) return undefined;
  return HOLDS[id]?.({ share: shareWords(value), last: `the last ${lengthWords(lengthMs)}`, about: about ?? "" });
}

type HoldWords = (of: { share: string; last: string; about: string }) => string;

const HOLDS: Readonly<Partial<Record<HealthFigureId, HoldWords>>> = {
  release_unknown: ({ share, last }) =>
    `requests to name their release: ${share} of those of ${last} name none that is known`,
  clock_ahead: ({ share, last }) =>
    `clocks to agree: ${share} of the requests of ${last} lie ahead of this server’s clock`,
  ttft_impossible: ({ share, last }) =>
    `times to first token that can be: ${share} of those of ${last} lie before the start, after the end or at it`,
  shadow_pairs: ({ share, last }) => `shadow requests to have their originals: ${share} of those of ${last} have none`,
  judge_lag: ({ share, about }) => `scores of ${about}: ${share} of the requests that should have one by now have none`,
};
