/** A shadow against the very requests that it copies: differences within each pair, and the pairs in which it did worst. */
import type { z } from "zod";
import { EVENTS, higherIsWorse, metricLabel, metricUnit, type Metric } from "@/server/domain/metric/metric";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import { statedEvent, statedMeasure } from "@/server/domain/request/observations";
import { pairedDifference } from "@/server/domain/window/paired-difference";
import { capitalised } from "@/server/domain/words/sentence";
import { countWords } from "@/server/domain/words/count-words";
import type { StoredRequest } from "@/server/store/stored-request";
import { shadowPairs } from "@/server/telemetry/shadow-pairs";
import { resolveCompareSubject, type CompareInput, type CompareSubject } from "./compare-subject";
import type { ReadDeps } from "./deps";
import { releaseRefs } from "./release-ref";
import type { ShadowPairsView } from "./shadow-pairs-view";

type View = z.input<typeof ShadowPairsView>;
type Row = View["rows"][number];

/** Each pair is two requests to read. */
const MOST_PAIRS = 500;
const WORST = 20;

/** What a request states, by aggregate key. */
interface Observed {
  key: string;
  label: string;
  unit: string;
  higherIsWorse: boolean;
  isEvent: boolean;
  of: (request: StoredRequest) => number | undefined;
}

interface Pair {
  shadow: StoredRequest;
  original: StoredRequest;
}

/** @throws DomainError when the rollout or release does not exist, or neither is named. */
export function readShadowPairs(deps: ReadDeps, input: CompareInput): View {
  const subject = resolveCompareSubject(deps, { ...input, mode: "shadow" });
  const { application, candidateId, controlId, fromMs, toMs } = subject;
  const found = shadowPairs(deps.telemetry, { ...subject, releaseId: candidateId }, MOST_PAIRS);
  const matched = found.flatMap(({ shadow, original }) => (original === undefined ? [] : [{ shadow, original }]));
  const pairs = matched.filter(({ original }) => controlId === null || original.releaseId === controlId);
  const observed = observedIn(pairs);
  const rows = observed.flatMap((one) => rowOf(one, pairs));
  const refs = releaseRefs(deps.control, application);
  const counts = {
    shadows: shadowCount(deps, subject),
    examined: found.length,
    pairs: pairs.length,
    alone: found.length - matched.length,
    otherRelease: matched.length - pairs.length,
  };
  return {
    application,
    candidate: refs(candidateId),
    control: controlId === null ? null : refs(controlId),
    range: { from: fromMs, to: toMs },
    ...counts,
    sentence: sentenceOf(rows, counts),
    notes: notesOf(pairs, counts),
    rows,
    worst: worstOf(pairs, observed, rows),
  };
}

function shadowCount({ telemetry }: ReadDeps, subject: CompareSubject): number {
  const { application, candidateId, fromMs, toMs, segment } = subject;
  const rows = telemetry.traffic({ application, fromMs, toMs, ...(segment === undefined ? {} : { segment }) });
  return rows
    .filter(({ track, releaseId }) => track === "shadow" && releaseId === candidateId)
    .reduce((sum, { count }) => sum + count, 0);
}

const TTFT_KEYS = ["ttft_ms", "server_ttft_ms"] as const;
const VALUES = [...TTFT_KEYS, "duration_ms", "total_tokens", "cost_usd"] as const;

/** Everything that any of the pairs states. */
function observedIn(pairs: readonly Pair[]): Observed[] {
  const scores = new Set(pairs.flatMap(({ shadow }) => shadow.scores.map(({ name }) => name)));
  const measures = new Set(pairs.flatMap(({ shadow }) => Object.keys(shadow.measures)));
  return [
    ...[...scores].map((name) => observe({ kind: "score", name }, scoreOf(name))),
    ...EVENTS.map((event) => observe({ kind: "rate", event }, (request) => asNumber(statedEvent(request, event)))),
    ...[...VALUES, ...measures].map((measure) =>
      observe({ kind: "mean", measure }, (request) => statedMeasure(request, measure)),
    ),
  ];
}

function observe(metric: Metric, of: Observed["of"]): Observed {
  return {
    key: aggregateKey(metric),
    // The statistic is the column’s; the row is the measure itself.
    label: metricLabel(metric).replace(/^mean /, ""),
    unit: metricUnit(metric),
    higherIsWorse: higherIsWorse(metric),
    isEvent: metric.kind === "rate",
    of,
  };
}

function scoreOf(name: string): Observed["of"] {
  return ({ scores }) => scores.find((score) => score.name === name)?.value;
}

function asNumber(happened: boolean | undefined): number | undefined {
  return happened === undefined ? undefined : Number(happened);
}

/** Shadow minus original; undefined where a side does not state it, or the two cannot be compared. */
function differenceOf({ key, of }: Observed, { shadow, original }: Pair): number | undefined {
  if (TTFT_KEYS.some((ttft) => ttft === key) && isUnstreamed(shadow) !== isUnstreamed(original)) return undefined;
  const [after, before] = [of(shadow), of(original)];
  return after === undefined || before === undefined ? undefined : after - before;
}

/** Whether the request says that it was not streamed: its first token then comes with its last. */
function isUnstreamed({ sources, attributes }: StoredRequest): boolean {
  const said = attributes[sources["streaming"] ?? ""];
  return said === false || String(said).toLowerCase() === "false";
}

function rowOf(observed: Observed, pairs: readonly Pair[]): Row[] {
  const { key, label, unit, isEvent } = observed;
  const differences = pairs.flatMap((pair) => differenceOf(observed, pair) ?? []);
  const summary = pairedDifference(differences);
  if (summary === undefined) return [];
  const { count, median, mean, above, below, equal } = summary;
  const { lower, upper } = mean;
  return [
    {
      key,
      label,
      unit,
      higherIsWorse: observed.higherIsWorse,
      count,
      median: isEvent ? null : median,
      mean,
      better: observed.higherIsWorse ? below : above,
      worse: observed.higherIsWorse ? above : below,
      equal,
      clear: (lower !== null && lower > 0) || (upper !== null && upper < 0),
    },
  ];
}

type Counts = Pick<View, "shadows" | "examined" | "pairs" | "alone" | "otherRelease">;

function sentenceOf(rows: readonly Row[], { pairs, shadows }: Counts): string {
  if (shadows === 0) return "No shadow request of this release in the range.";
  if (pairs === 0) return `${countWords(shadows, "shadow request")} in the range, and none of them has its original.`;
  const isWorse = ({ mean, higherIsWorse: high }: Row): boolean => mean.value > 0 === high;
  const clear = rows.filter((row) => row.clear);
  const words = (list: readonly Row[]): string => list.map(({ label }) => label).join(", ");
  const [worse, better] = [clear.filter(isWorse), clear.filter((row) => !isWorse(row))];
  const parts = [
    ...(worse.length > 0 ? [`worse on ${words(worse)}`] : []),
    ...(better.length > 0 ? [`better on ${words(better)}`] : []),
  ];
  const verdict = parts.length === 0 ? "no clear difference" : `the shadow is ${parts.join(" and ")}`;
  return `In ${countWords(pairs, "pair")} of the same question: ${verdict}.`;
}

function notesOf(pairs: readonly Pair[], { examined, shadows, alone, otherRelease }: Counts): string[] {
  const unstreamed = pairs.filter(({ shadow, original }) => {
    const isMissing = shadow.ttftMs === null && original.ttftMs !== null;
    return isMissing || isUnstreamed(shadow) !== isUnstreamed(original);
  }).length;
  const ttft =
    unstreamed === pairs.length
      ? "TTFT is not comparable: the shadow was not streamed."
      : `TTFT is compared without ${countWords(unstreamed, "pair")} whose shadow was not streamed.`;
  return [
    ...(unstreamed > 0 ? [ttft] : []),
    ...(alone > 0
      ? [`${capitalised(countWords(alone, "shadow"))} without original: it named none, or one that is not here.`]
      : []),
    ...(otherRelease > 0
      ? [`${countWords(otherRelease, "pair")} left out: another release than the control answered the original.`]
      : []),
    ...(examined < shadows ? [`The newest ${examined} of ${countWords(shadows, "shadow")} are compared.`] : []),
  ];
}

/** Each difference against how much the pairs differ in it: what is unusual for the measure counts most. */
function worstOf(pairs: readonly Pair[], observed: readonly Observed[], rows: readonly Row[]): View["worst"] {
  const scales = new Map(observed.map((one) => [one.key, scaleOf(one, pairs)]));
  const known = observed.filter(({ key }) => rows.some((row) => row.key === key));
  return pairs
    .map((pair) => ({ pair, worse: worseIn(pair, known, scales) }))
    .filter(({ worse }) => worse.length > 0)
    .toSorted((a, b) => bySeverity(a.worse[0], b.worse[0]))
    .slice(0, WORST)
    .map(({ pair: { shadow, original }, worse }) => ({
      shadowId: shadow.requestId,
      originalId: original.requestId,
      at: original.timeMs,
      differences: worse.map(({ difference }) => difference),
    }));
}

function worseIn(pair: Pair, observed: readonly Observed[], scales: ReadonlyMap<string, number>) {
  return observed
    .flatMap((one, rank) => {
      const difference = differenceOf(one, pair);
      const worse = difference === undefined ? 0 : one.higherIsWorse ? difference : -difference;
      if (worse <= 0) return [];
      const { key, label, unit } = one;
      const sides = { original: one.of(pair.original) ?? 0, shadow: one.of(pair.shadow) ?? 0 };
      return [{ difference: { key, label, unit, ...sides }, severity: worse / (scales.get(key) ?? 1), rank }];
    })
    .toSorted(bySeverity);
}

interface Severe {
  severity: number;
  /** Place among the measures: scores and events before times and costs. */
  rank: number;
}

function bySeverity(a: Severe | undefined, b: Severe | undefined): number {
  const apart = (b?.severity ?? 0) - (a?.severity ?? 0);
  return Math.abs(apart) > 1e-9 ? apart : (a?.rank ?? 0) - (b?.rank ?? 0);
}

/** Root mean square of the differences; never zero. */
function scaleOf(observed: Observed, pairs: readonly Pair[]): number {
  const squares = pairs.flatMap((pair) => {
    const difference = differenceOf(observed, pair);
    return difference === undefined ? [] : [difference ** 2];
  });
  const mean = squares.reduce((sum, square) => sum + square, 0) / Math.max(1, squares.length);
  return mean === 0 ? 1 : Math.sqrt(mean);
}
