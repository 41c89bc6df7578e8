/** What a policy's rules are likely to find by when: from the traffic and the values of what an alias serves. */
import { DEFAULT_POLICY, DEFAULT_POLICY_NAME } from "@/server/control/default-policy";
import { policyOf } from "@/server/control/rollout-core";
import { controlSample, dispersionOfRule } from "@/server/controller/request-sample";
import type { Comparison } from "@/server/controller/rule-windows";
import { secondsToDecide, type Baseline, type ForecastInput } from "@/server/domain/evidence/forecast";
import { notFound } from "@/server/domain/errors";
import { PolicyName, type AliasName, type ApplicationId } from "@/server/domain/ids";
import type { RuleConfig } from "@/server/domain/evidence/rule-config";
import { thresholdRule } from "@/server/domain/evidence/threshold-rule";
import { formatMetricValue } from "@/server/domain/metric/format-metric";
import { metricLabel } from "@/server/domain/metric/metric";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import type { Policy, Threshold } from "@/server/domain/policy/policy";
import { parsePolicy, percentageOf } from "@/server/domain/policy/policy";
import { ruleAlpha } from "@/server/domain/policy/rule-alpha";
import { exposureOf, stepsOf } from "@/server/domain/rollout/steps";
import { alignDown } from "@/server/domain/window/window";
import { metricScale, type Aggregate } from "@/server/domain/window/aggregate";
import { findAlias } from "@/server/store/control/aliases";
import { findPolicy } from "@/server/store/control/policies";
import { findRollout } from "@/server/store/control/rollouts";
import type { StoredRequest } from "@/server/store/stored-request";
import type { ReadDeps } from "./deps";
import type { ForecastView } from "./forecast-view";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const BUCKET_MS = 10_000;
/** Less of a rollout's traffic says nothing about its rate. */
const SHORTEST_MS = 30_000;
/** Sizes of regressions that are told. */
const FACTORS = [1.5, 2, 3, 5];
/** Of these, the one that shares of traffic are compared by. */
const COMPARED = 2;
/** Round shares, beside those of the policy's own steps. */
const PERCENTAGES = [1, 5, 10, 25, 50];
/** Segment values that a rule's budget is shared with, where it names segments: as a rollout without history assumes. */
const SLOTS_PER_SEGMENT = 10;

export interface ForecastInputs {
  readonly application: string;
  readonly alias: string;
  readonly policy: Policy;
  readonly version: number | null;
  /** What the alias serves; null when it serves nothing. */
  readonly controlId: string | null;
  /** 0–100 that the candidate gets now; without it, what the policy's first serving step gives. */
  readonly percentage?: number | undefined;
  /** A live rollout's start: what has come since then is today's traffic, epoch ms. */
  readonly sinceMs?: number | undefined;
}

type RuleForecast = ForecastView["rules"][number];

/** Reads the last day of what the alias serves, and forecasts every rule that evidence can test. */
export function forecast(deps: ReadDeps, inputs: ForecastInputs): ForecastView {
  const { application, alias, policy, version } = inputs;
  const traffic = readTraffic(deps, inputs);
  const shares = stepsOf(policy).flatMap((step) => (step.kind === "canary" ? [percentageOf(step.share)] : []));
  const percentage = inputs.percentage ?? shares[0] ?? 100;
  const percentages = [...new Set([...shares, ...PERCENTAGES, percentage])].toSorted((a, b) => a - b);
  const rules = policy.thresholds.map((threshold) =>
    forecastRule({ policy, threshold, traffic, percentage, percentages }),
  );
  const requestsPerSec = traffic?.requestsPerSec ?? null;
  const sentence = sentenceOf({ policy, requestsPerSec, percentage, rules });
  return { application, alias, policy: { name: policy.name, version }, requestsPerSec, percentage, sentence, rules };
}

/**
 * Of a rollout as it stands, under its own policy and share.
 *
 * @throws DomainError `not_found`.
 */
export function forecastRollout(deps: ReadDeps, rolloutId: string): ForecastView {
  const rollout = findRollout(deps.control, rolloutId);
  if (rollout === undefined) throw notFound("rollout", rolloutId);
  const { application, alias, controlId, policyVersion } = rollout;
  const policy = policyOf(deps.control, rollout);
  const { percentage } = exposureOf(policy, rollout);
  const served = percentage > 0 ? { percentage } : {};
  const sinceMs = rollout.startedAtMs;
  return forecast(deps, { application, alias, policy, version: policyVersion, controlId, sinceMs, ...served });
}

/**
 * Of a rollout that could be started: under a policy's version in force or `name@version`.
 *
 * @throws DomainError `not_found` for an unknown policy.
 */
export function forecastStart(
  deps: ReadDeps,
  { application, alias, policy: choice }: { application: ApplicationId; alias: AliasName; policy: string },
): ForecastView {
  const [name = "", version] = choice.split("@");
  const row = findPolicy(deps.control, { name, version: version === undefined ? undefined : Number(version) });
  if (row === undefined && choice !== DEFAULT_POLICY_NAME) throw notFound("policy", choice);
  const policy = parsePolicy(row?.document ?? DEFAULT_POLICY, PolicyName.parse(name));
  return forecast(deps, {
    application,
    alias,
    policy,
    version: row?.version ?? null,
    controlId: findAlias(deps.control, { application, alias })?.releaseId ?? null,
  });
}

interface Traffic {
  readonly requestsPerSec: number;
  /** The control's requests of the day: what its values are of. */
  readonly count: number;
  readonly aggregate: (threshold: Threshold) => Aggregate;
  readonly sample: readonly StoredRequest[];
}

function readTraffic(deps: ReadDeps, inputs: ForecastInputs): Traffic | undefined {
  const { application, controlId } = inputs;
  const { telemetry, nowMs } = deps;
  if (controlId === null) return undefined;
  const toMs = alignDown(nowMs, BUCKET_MS);
  const fromMs = toMs - DAY_MS;
  const served = telemetry
    .traffic({ application, fromMs, toMs })
    .find(({ releaseId, track }) => releaseId === controlId && track === "control");
  if (served === undefined || served.count < 2) return undefined;
  const comparison: Comparison = {
    application,
    candidateId: "",
    controlId,
    candidateTrack: "canary",
    sinceMs: toMs,
    dataFromMs: toMs,
  };
  return {
    requestsPerSec: recentRate(deps, { inputs, toMs, day: served }),
    count: served.count,
    aggregate: ({ metric }) =>
      telemetry.aggregate({
        application,
        releaseId: controlId,
        track: "control",
        measure: aggregateKey(metric),
        fromMs,
        toMs,
      }),
    sample: controlSample(telemetry, comparison),
  };
}

/**
 * Requests a second that users send now: of both tracks since the rollout began, else of the last hour, else of the day
 * (a release that is newly served has been there for less).
 */
function recentRate(
  { telemetry }: ReadDeps,
  { inputs, toMs, day }: { inputs: ForecastInputs; toMs: number; day: { count: number; firstMs: number } },
): number {
  const { application, sinceMs = Infinity } = inputs;
  const startedMs = alignDown(sinceMs, BUCKET_MS) + BUCKET_MS;
  const fromMs = Math.max(toMs - HOUR_MS, toMs - startedMs >= SHORTEST_MS ? startedMs : day.firstMs);
  const seconds = (toMs - fromMs) / 1_000;
  const recent = telemetry
    .traffic({ application, fromMs, toMs })
    .filter(({ releaseId, track }) => releaseId !== null && track !== "shadow")
    .reduce((sum, { count }) => sum + count, 0);
  return recent > 0 && seconds > 0 ? recent / seconds : day.count / (Math.max(BUCKET_MS, toMs - day.firstMs) / 1_000);
}

function forecastRule(given: {
  policy: Policy;
  threshold: Threshold;
  traffic: Traffic | undefined;
  percentage: number;
  percentages: readonly number[];
}): RuleForecast {
  const { policy, threshold, traffic, percentage, percentages } = given;
  const face = { rule: threshold.id, metric: threshold.name, action: threshold.action };
  const nothing = (unknown: string): RuleForecast => ({
    ...face,
    unknown,
    sentence: `${metricLabel(threshold.metric)}: ${unknown}.`,
    found: [],
    atPercentages: [],
  });
  if (policy.evidence === "window") return nothing("windows decide, so it acts when its run of windows is over");
  if (traffic === undefined) return nothing("nothing is served yet, so nothing is known of its traffic");
  const aggregate = traffic.aggregate(threshold);
  if (aggregate.count === 0) return nothing("nobody has sent it in the last day, so it can neither break nor be kept");
  const config = configOf(policy, { threshold, sample: traffic.sample });
  if (typeof config === "string") return nothing(config);
  const baseline = baselineOf(threshold, { config, aggregate });
  // Not every request states it: a score is sampled.
  const perSec = (traffic.requestsPerSec * aggregate.count) / traffic.count;
  const at = (share: number, factor: number): number | null => {
    const pace = { candidate: (perSec * share) / 100, control: perSec * Math.max(0, 1 - share / 100) };
    const seconds = secondsToDecide({ config, baseline, pace }, factor);
    return Number.isFinite(seconds) ? Math.round(seconds) : null;
  };
  const found = FACTORS.map((factor) => ({
    factor,
    shows: showsWords(threshold, { config, baseline, factor }),
    seconds: at(percentage, factor),
  }));
  const atPercentages = percentages.map((share) => ({ percentage: share, seconds: at(share, COMPARED) }));
  return {
    ...face,
    unknown: null,
    sentence: ruleSentence(threshold, { found, atPercentages, percentage }),
    found,
    atPercentages,
  };
}

/** The rule as a rollout would run it; in words, why evidence cannot test it. */
function configOf(
  policy: Policy,
  { threshold, sample }: { threshold: Threshold; sample: readonly StoredRequest[] },
): RuleConfig | string {
  const { bound } = threshold;
  const segmentSlots = new Set(policy.thresholds.flatMap(({ segments }) => segments)).size * SLOTS_PER_SEGMENT;
  const built = thresholdRule({
    ruleId: threshold.id,
    metricName: threshold.name,
    metric: threshold.metric,
    limit: { kind: bound.kind, value: "limit" in bound ? bound.limit : bound.fraction },
    action: threshold.action,
    attribution: threshold.attribution,
    minRequests: threshold.minRequests,
    alpha: ruleAlpha(policy, { threshold, segmentSlots }),
    dispersion: { value: 1, assumed: true },
  });
  if (!built.ok) return built.message;
  const dispersion = dispersionOfRule(built.rule.counted, sample);
  return { ...built.rule, dispersion, warmupSec: policy.warmupMs / 1_000 };
}

/** What the rule counts, on the control. Rates by the event or the values beyond the limit; means by their moments. */
function baselineOf(
  threshold: Threshold,
  { config, aggregate }: { config: RuleConfig; aggregate: Aggregate },
): Baseline {
  const { metric } = threshold;
  const { event } = config.counted;
  if (metric.kind === "rate") {
    const rate = aggregate.events / aggregate.count;
    return { kind: "rate", rate: event.is === "missing" ? 1 - rate : rate };
  }
  const scale = metricScale(metric);
  if (metric.kind === "quantile") {
    const beyond = "limit" in event ? beyondOf(aggregate, { side: event.is, limit: event.limit * scale }) : 0;
    return { kind: "rate", rate: beyond / aggregate.count };
  }
  const mean = aggregate.sum / aggregate.count;
  const variance = Math.max(0, aggregate.sumSq / aggregate.count - mean ** 2);
  return { kind: "mean", mean: mean / scale, variance: variance / scale ** 2 };
}

function beyondOf({ histogram }: Aggregate, { side, limit }: { side: "above" | "below"; limit: number }): number {
  if (histogram === undefined) return 0;
  return side === "above" ? histogram.countAbove(limit) : histogram.countBelow(limit);
}

/** What a candidate that is so many times as bad as allowed would show, in the metric's words. */
function showsWords(
  threshold: Threshold,
  given: Pick<ForecastInput, "baseline"> & { config: RuleConfig; factor: number },
): string {
  const { metric, bound } = threshold;
  if (metric.kind === "quantile") return tailWords({ q: metric.q, threshold, factor: given.factor });
  return "limit" in bound
    ? formatMetricValue(metric, beyondLimit({ kind: bound.kind, limit: bound.limit }, given))
    : relativeWords(threshold, { fraction: bound.fraction, ...given });
}

function tailWords({ q, threshold, factor }: { q: number; threshold: Threshold; factor: number }): string {
  const { metric, bound } = threshold;
  const tail = `${Number((Math.min(1, factor * (1 - q)) * 100).toPrecision(3))} %`;
  const limit = "limit" in bound ? formatMetricValue(metric, bound.limit) : "the control's tail, with what is allowed";
  return `${tail} of requests ${bound.kind === "min" || bound.kind === "max_decrease" ? "below" : "above"} ${limit}`;
}

function beyondLimit(
  { kind, limit }: { kind: "max" | "min"; limit: number },
  { config: { test }, factor }: { config: RuleConfig; factor: number },
): number {
  if (test.axis === "absolute" && test.absolute.kind === "rate") {
    const bad = Math.min(1, test.absolute.limit * factor);
    return kind === "min" ? 1 - bad : bad;
  }
  return kind === "max" ? limit * factor : limit / factor;
}

function relativeWords(
  { metric, bound }: Threshold,
  { fraction, baseline, factor }: Pick<ForecastInput, "baseline"> & { fraction: number; factor: number },
): string {
  const own = baseline.kind === "mean" ? baseline.mean : baseline.rate;
  if (bound.kind === "max_increase") return formatMetricValue(metric, own * (1 + fraction) * factor);
  // A decrease of a rate is counted in its complement.
  const worse =
    metric.kind === "rate"
      ? 1 - Math.min(1, factor * (own * (1 - fraction) + fraction))
      : (own * (1 - fraction)) / factor;
  return formatMetricValue(metric, worse);
}

function ruleSentence(
  { metric }: Threshold,
  given: Pick<RuleForecast, "found" | "atPercentages"> & { percentage: number },
): string {
  const { found, atPercentages, percentage } = given;
  const label = metricLabel(metric);
  const told = found.find(({ factor }) => factor === COMPARED);
  if (told === undefined) return `${label}: nothing can be said.`;
  const now = `at ${percentage} % it finds ${told.shows} (twice what is allowed)`;
  const sooner = atPercentages.find(
    (one) => one.percentage > percentage && one.seconds !== null && one.seconds <= (told.seconds ?? Infinity) / 2,
  );
  const hint = sooner === undefined ? "" : `; ${sooner.percentage} % would find it in about ${inWords(sooner.seconds)}`;
  return told.seconds === null
    ? `${label}: ${now} in no week${hint}.`
    : `${label}: ${now} in about ${inWords(told.seconds)}${hint}.`;
}

/** `40 s`, `8 min`, `3 h`, `2 days`. */
function inWords(seconds: number | null): string {
  if (seconds === null) return "more than a week";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

function sentenceOf(given: {
  policy: Policy;
  requestsPerSec: number | null;
  percentage: number;
  rules: readonly RuleForecast[];
}): string {
  const { policy, requestsPerSec, percentage, rules } = given;
  if (policy.thresholds.length === 0) return "The policy has no thresholds: nothing is looked for.";
  if (requestsPerSec === null) return "Nothing is served yet, so nothing can be said about its rules.";
  const rate = `${percentage} % of ${Number(requestsPerSec.toPrecision(2))} requests a second`;
  if (policy.evidence === "window") return `Windows decide under this policy, whatever ${rate} shows.`;
  const slowest = rules
    .filter(({ action, unknown }) => action === "rollback" && unknown === null)
    .map(({ found }) => found.find(({ factor }) => factor === COMPARED)?.seconds ?? Infinity);
  const most = Math.max(0, ...slowest);
  if (slowest.length === 0) return `With ${rate}, no rollback rule of it can find anything.`;
  return Number.isFinite(most)
    ? `With ${rate}, every rollback rule finds twice what it allows within about ${inWords(most)}.`
    : `With ${rate}, not every rollback rule finds twice what it allows within a week.`;
}
