/**
 * How far a judge agrees with people, and whether that is enough to act on: a judge is calibrated while its agreement on
 * recent human labels holds.
 */
import { studentPoint } from "@/server/domain/statistics/student-t";
import { wilsonInterval, type Interval } from "@/server/domain/window/interval";

/** One answer as the judge and a person scored it, 0–1. */
export interface JudgeLabel {
  readonly itemId: string;
  readonly labelledBy: string;
  readonly judgeValue: number;
  readonly humanValue: number;
  readonly atMs: number;
}

export interface Agreement {
  /** Labels counted: recent ones, of each person's labels of an answer the newest. */
  readonly n: number;
  /** Share of answers that both pass or both fail, with Wilson's interval. */
  readonly rate: number | null;
  readonly rateInterval: Interval;
  /** Cohen's kappa (1960) of pass and fail; null where one of them never occurs. */
  readonly kappa: number | null;
  /** Mean of judge minus person, with Student's 95 % interval: above 0 the judge is too kind. */
  readonly bias: number | null;
  readonly biasInterval: Interval;
  readonly calibrated: boolean;
  /** What is missing for calibration, in words; empty when calibrated. */
  readonly reasons: readonly string[];
}

/** Both pass an answer from this score on. */
const PASS_MARK = 0.5;
/** Labels older than this speak of another time. */
export const RECENT_LABEL_MS = 30 * 86_400_000;
/** The rule of calibration: at least so many recent labels, with so many answers that people pass and fail, … */
const FEWEST_LABELS = 50;
const FEWEST_OF_EACH = 5;
/** … agreement and kappa at least so high, and a bias that is certainly smaller than this. */
const LEAST_RATE = 0.8;
const LEAST_KAPPA = 0.6;
const MOST_BIAS = 0.1;

/** Agreement on the labels of the thirty days before `nowMs`. */
export function agreementOf(labels: readonly JudgeLabel[], nowMs: number): Agreement {
  const recent = newestOfEach(labels.filter(({ atMs }) => atMs > nowMs - RECENT_LABEL_MS && atMs <= nowMs));
  const n = recent.length;
  const passes = recent.map(({ judgeValue, humanValue }) => ({
    judge: judgeValue >= PASS_MARK,
    human: humanValue >= PASS_MARK,
  }));
  const agreed = passes.filter(({ judge, human }) => judge === human).length;
  const humanPasses = passes.filter(({ human }) => human).length;
  const bias = biasOf(recent.map(({ judgeValue, humanValue }) => judgeValue - humanValue));
  const figures = {
    n,
    rate: n === 0 ? null : agreed / n,
    rateInterval: wilsonInterval(agreed, n),
    kappa: kappaOf(passes),
    ...bias,
  };
  const reasons = missingFor(figures, Math.min(humanPasses, n - humanPasses));
  return { ...figures, calibrated: reasons.length === 0, reasons };
}

/** When fewer than `FEWEST_LABELS` of these will be recent, unless new ones come; null where they are fewer already. */
export function labelsLastUntil(labels: readonly JudgeLabel[], nowMs: number): number | null {
  const counted = newestOfEach(labels.filter(({ atMs }) => atMs > nowMs - RECENT_LABEL_MS && atMs <= nowMs));
  const last = counted.toSorted((a, b) => b.atMs - a.atMs)[FEWEST_LABELS - 1];
  return last === undefined ? null : last.atMs + RECENT_LABEL_MS;
}

function newestOfEach(labels: readonly JudgeLabel[]): JudgeLabel[] {
  const newest = new Map<string, JudgeLabel>();
  for (const label of labels.toSorted((a, b) => a.atMs - b.atMs)) {
    newest.set(JSON.stringify([label.itemId, label.labelledBy]), label);
  }
  return [...newest.values()];
}

function kappaOf(passes: readonly { judge: boolean; human: boolean }[]): number | null {
  const n = passes.length;
  if (n === 0) return null;
  const share = (count: (pass: { judge: boolean; human: boolean }) => boolean): number =>
    passes.filter(count).length / n;
  const observed = share(({ judge, human }) => judge === human);
  const [judge, human] = [share((pass) => pass.judge), share((pass) => pass.human)];
  const expected = judge * human + (1 - judge) * (1 - human);
  return expected === 1 ? null : (observed - expected) / (1 - expected);
}

function biasOf(differences: readonly number[]): Pick<Agreement, "bias" | "biasInterval"> {
  const n = differences.length;
  if (n === 0) return { bias: null, biasInterval: {} };
  const bias = differences.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { bias, biasInterval: {} };
  const variance = differences.reduce((sum, value) => sum + (value - bias) ** 2, 0) / (n - 1);
  const half = studentPoint(0.05, n - 1) * Math.sqrt(variance / n);
  return { bias, biasInterval: { lower: bias - half, upper: bias + half } };
}

function missingFor(
  { n, rate, kappa, biasInterval }: Pick<Agreement, "n" | "rate" | "kappa" | "biasInterval">,
  rarer: number,
): string[] {
  if (n < FEWEST_LABELS) return [`${n} of ${FEWEST_LABELS} human labels in the last 30 days`];
  return [
    ...(rarer < FEWEST_OF_EACH
      ? [`people passed or failed only ${rarer} of the answers: label at least ${FEWEST_OF_EACH} of each`]
      : []),
    ...tooLow("agreement", rate, LEAST_RATE),
    ...tooLow("kappa", kappa, LEAST_KAPPA),
    ...tooBiased(biasInterval),
  ];
}

function tooLow(name: string, value: number | null, least: number): string[] {
  if (value !== null && value >= least) return [];
  return [`${name} ${value?.toFixed(2) ?? "unknown"} is below ${least}`];
}

function tooBiased({ lower = -Infinity, upper = Infinity }: Interval): string[] {
  if (lower >= -MOST_BIAS && upper <= MOST_BIAS) return [];
  return [`bias between ${lower.toFixed(3)} and ${upper.toFixed(3)} is not certainly within ${MOST_BIAS}`];
}
