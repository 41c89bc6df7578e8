/**
 * Whether the traffic is fit to decide a promotion on: split between the releases as configured, attributed to releases at
 * all, with times that can be, shadows that can be paired and judges that keep up. Requests are counted from arrival buckets at every tick; only when they look wrong are the subjects
 * themselves asked, because a few busy ones may have tipped the scale.
 */
import { z } from "zod";
import {
  advanceSplit,
  isSplitMismatch,
  isSubjectSplitMismatch,
  startSplit,
  type SplitEvidence,
} from "@/server/domain/evidence/split-check";
import { holdOf, SPLIT_HOLD, type HealthFigure } from "@/server/domain/health/telemetry-health";
import { aggregateKey } from "@/server/domain/metric/metric-source";
import type { Policy } from "@/server/domain/policy/policy";
import { percentageOf } from "@/server/domain/policy/policy";
import { exposureOf, type Position } from "@/server/domain/rollout/steps";
import { alignDown, alignUp } from "@/server/domain/window/window";
import type { TelemetryReader } from "@/server/store/telemetry-reader";
import { measureJudgeLag, measureRequests, measureShadowPairs } from "@/server/telemetry/health/measure-health";
import { LATENESS_MS } from "./evidence-buckets";
import { EVALUATION_STEP_MS, type Comparison } from "./rule-windows";

/** After a step's start gateways may still split as before. */
const SETTLING_MS = 60_000;
/** Requests of each arm that are looked through for subjects. */
const SUBJECT_SAMPLE = 5_000;
/** Fewer subjects are a handful of callers, not a split. */
const FEWEST_SUBJECTS = 30;
const PAGE = 500;
/** The telemetry's own health: looked at over this long, in so many of the newest requests. */
const HEALTH_MS = 300_000;
const HEALTH_REQUESTS = 2_000;

/** What is carried from tick to tick, as JSON. A new step has a share of its own and begins anew. */
const SplitState = z.object({
  stepStartedMs: z.number(),
  share: z.number(),
  consumedToMs: z.number(),
  evidence: z.object({
    above: z.object({ weights: z.array(z.number()), elapsedSec: z.number() }),
    below: z.object({ weights: z.array(z.number()), elapsedSec: z.number() }),
  }),
});
type SplitState = z.infer<typeof SplitState>;

/** What keeps a promotion back, in words; undefined where nothing does. */
export interface TrafficCheck {
  readonly splitMismatch: string | undefined;
  readonly telemetryErrors: readonly string[];
  /** Measures and scores whose data are not fit to be judged on, by their aggregate key, each with the reason. */
  readonly unfit: ReadonlyMap<string, string>;
  /** To be carried to the next tick; undefined where nothing is split. */
  readonly split: unknown;
}

interface CheckInput {
  readonly comparison: Comparison;
  readonly policy: Policy;
  readonly position: Position;
  readonly stepStartedMs: number;
  /** As the last tick left it. */
  readonly previousSplit: unknown;
  /** What `checkHealth` said. */
  readonly health: TelemetryHealth;
  readonly nowMs: number;
}

/** Looks at the traffic of one live rollout. */
export function checkTraffic(telemetry: TelemetryReader, input: CheckInput): TrafficCheck {
  const { health } = input;
  const share = configuredShare(input);
  const { controlId } = input.comparison;
  if (share === undefined || controlId === null) return { splitMismatch: undefined, ...health, split: undefined };
  const split = advance(telemetry, { ...input, share, controlId });
  const suspected = isSplitMismatch(split.evidence);
  const splitMismatch = suspected ? subjectMismatch(telemetry, { ...input, share, controlId }) : undefined;
  return { splitMismatch, ...health, split };
}

/** The candidate's share of users, strictly between 0 and 1; undefined where nothing is split. */
function configuredShare({ policy, position }: CheckInput): number | undefined {
  const { track, percentage, holdback } = exposureOf(policy, position);
  const share = (percentage - holdback) / 100;
  return track === "canary" && share > 0 && share < 1 ? share : undefined;
}

type SplitInput = CheckInput & { readonly share: number; readonly controlId: string };

/** Takes in every bucket that has closed since the last tick, empty ones too: they are time that passed. */
function advance(telemetry: TelemetryReader, input: SplitInput): SplitState {
  const begun = continued(input) ?? {
    stepStartedMs: input.stepStartedMs,
    share: input.share,
    consumedToMs: alignUp(input.stepStartedMs + SETTLING_MS, EVALUATION_STEP_MS),
    evidence: mutable(startSplit()),
  };
  const { share, consumedToMs: fromMs } = begun;
  const toMs = alignDown(input.nowMs - LATENESS_MS, EVALUATION_STEP_MS);
  if (toMs <= fromMs) return begun;
  const counts = countArms(telemetry, { ...input, fromMs, toMs });
  let evidence: SplitEvidence = begun.evidence;
  for (let startMs = fromMs; startMs < toMs; startMs += EVALUATION_STEP_MS) {
    const bucket = counts.get(startMs) ?? { candidateN: 0, controlN: 0 };
    evidence = advanceSplit(evidence, { ...bucket, share, dtSec: EVALUATION_STEP_MS / 1_000, dispersion: 1 });
  }
  return { ...begun, consumedToMs: toMs, evidence: mutable(evidence) };
}

function continued({ previousSplit, stepStartedMs, share }: SplitInput): SplitState | undefined {
  const known = SplitState.safeParse(previousSplit);
  const isSame = known.success && known.data.stepStartedMs === stepStartedMs && known.data.share === share;
  return isSame ? known.data : undefined;
}

/** Requests of both arms by the start of their bucket. */
function countArms(
  telemetry: TelemetryReader,
  { comparison, controlId, fromMs, toMs }: SplitInput & { fromMs: number; toMs: number },
): ReadonlyMap<number, { candidateN: number; controlN: number }> {
  const { application, candidateId } = comparison;
  const series = { measures: ["requests"], segmentKeys: [], fromMs, toMs };
  const counts = new Map<number, { candidateN: number; controlN: number }>();
  for (const row of telemetry.evidenceBuckets({ application, releaseIds: [candidateId, controlId], ...series })) {
    if (row.segmentKey !== "") continue;
    const bucket = counts.get(row.startMs) ?? { candidateN: 0, controlN: 0 };
    if (row.releaseId === candidateId && row.track === "canary") bucket.candidateN += row.aggregate.count;
    if (row.releaseId === controlId && row.track === "control") bucket.controlN += row.aggregate.count;
    counts.set(row.startMs, bucket);
  }
  return counts;
}

function mutable({ above, below }: SplitEvidence): SplitState["evidence"] {
  const copy = ({ weights, elapsedSec }: SplitEvidence["above"]) => ({ weights: [...weights], elapsedSec });
  return { above: copy(above), below: copy(below) };
}

/** The newest requests of both arms over one and the same stretch of time, counted by subject. */
function subjectMismatch(telemetry: TelemetryReader, input: SplitInput): string | undefined {
  const { comparison, controlId, share, stepStartedMs } = input;
  const fromMs = stepStartedMs + SETTLING_MS;
  const arm = { application: comparison.application, fromMs };
  const candidate = sample(telemetry, { ...arm, releaseId: comparison.candidateId, track: "canary" });
  const control = sample(telemetry, { ...arm, releaseId: controlId, track: "control" });
  const sinceMs = Math.max(candidate.sinceMs, control.sinceMs);
  const count = ({ requests }: Sample): number =>
    new Set(requests.filter(({ timeMs }) => timeMs >= sinceMs).map(({ subject }) => subject)).size;
  const counts = { candidate: count(candidate), control: count(control), share };
  const subjects = counts.candidate + counts.control;
  if (subjects < FEWEST_SUBJECTS || !isSubjectSplitMismatch(counts)) return undefined;
  const observed = percentWords(counts.candidate / subjects);
  return `${SPLIT_HOLD}: ${observed} of ${subjects} subjects reached the candidate where ${percentWords(share)} should`;
}

interface Sample {
  requests: { timeMs: number; subject: string }[];
  /** Every request since then is in the sample. */
  sinceMs: number;
}

function sample(telemetry: TelemetryReader, filter: Parameters<TelemetryReader["listRequests"]>[0]): Sample {
  const requests: Sample["requests"] = [];
  let cursor: string | undefined;
  do {
    const page = telemetry.listRequests(filter, { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    for (const { timeMs, subjectHash, requestId } of page.items) {
      // A request without a subject was assigned by itself.
      requests.push({ timeMs, subject: subjectHash ?? `request ${requestId}` });
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined && requests.length < SUBJECT_SAMPLE);
  const oldest = requests.at(-1);
  return { requests, sinceMs: cursor === undefined || oldest === undefined ? 0 : oldest.timeMs };
}

/** Whether the telemetry itself is fit to be judged on. */
export type TelemetryHealth = Pick<TrafficCheck, "telemetryErrors" | "unfit">;

/** What keeps everything back, and what only the rules on a measure or a score. Looks through thousands of requests. */
export function checkHealth(
  telemetry: TelemetryReader,
  { comparison, policy, nowMs }: Pick<CheckInput, "comparison" | "policy" | "nowMs">,
): TelemetryHealth {
  const { application, candidateId, candidateTrack } = comparison;
  const range = { application, fromMs: nowMs - HEALTH_MS, toMs: nowMs };
  const keys = new Set(policy.thresholds.map(({ metric }) => aggregateKey(metric)));
  const ofKeys = TTFT_KEYS.filter((key) => keys.has(key));
  const unfit = new Map<string, string>();
  const telemetryErrors: string[] = [];
  const note = (figure: HealthFigure, about: readonly string[]): void => {
    const hold = holdOf(figure, HEALTH_MS);
    if (hold === undefined) return;
    telemetryErrors.push(hold);
    for (const key of about) unfit.set(key, hold);
  };
  for (const figure of measureRequests(telemetry, { ...range, limit: HEALTH_REQUESTS })) {
    if (figure.id !== "ttft_impossible") note(figure, []);
    else if (ofKeys.length > 0) note(figure, ofKeys);
  }
  if (candidateTrack === "shadow") note(measureShadowPairs(telemetry, { ...range, releaseId: candidateId }), []);
  for (const score of scoresOf(policy)) {
    const arm = { releaseId: candidateId, track: candidateTrack };
    note(measureJudgeLag(telemetry, { application, score, nowMs, arm }), [`score:${score}`]);
  }
  return { telemetryErrors, unfit };
}

/** What a gateway saw, and what a model server saw. */
const TTFT_KEYS = ["ttft_ms", "server_ttft_ms"];

function scoresOf(policy: Policy): Set<string> {
  return new Set(policy.thresholds.flatMap(({ metric }) => (metric.kind === "score" ? [metric.name] : [])));
}

function percentWords(share: number): string {
  return `${percentageOf(Math.round(share * 1_000) / 1_000)} %`;
}
