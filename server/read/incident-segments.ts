/** In which segments a release was worse than its control, and in which of them more than elsewhere. */
import { discoveries } from "@/server/domain/blame/false-discovery";
import { worsePValue } from "@/server/domain/blame/worse-test";
import type { ImpactRow } from "@/server/domain/incident/impact";
import { emptyAggregate, type Aggregate } from "@/server/domain/window/aggregate";
import type { Metric } from "@/server/domain/metric/metric";
import { findApplication } from "@/server/store/control/applications";
import type { ReadDeps } from "./deps";
import { compared, type Pair, type Range } from "./incident-compare";

/** What every segment is compared in, beside the limits that were broken. */
export const IN_SEGMENTS = ["task_completion_rate", "error_rate"];
const VALUES = 20;
const FALSE_DISCOVERIES = 0.05;

export interface SegmentImpact {
  readonly key: string;
  readonly value: string;
  readonly requests: number;
  readonly share: number;
  /**
   * `concentrated`: clearly worse than the control in the same segment, and than the same release elsewhere; `alike`: than
   * the control only; `spared`: neither.
   */
  readonly harm: "concentrated" | "alike" | "spared";
  readonly worst: ImpactRow | null;
  /**
   * Of what `worst` cost beyond the control in all values of the key that it cost anything, the share of this one, 0–1;
   * null where nothing hurts it or a sum means nothing.
   */
  readonly explains: number | null;
  /** The smallest p-value of what hurts it, 1 where nothing does: for the order. */
  readonly p: number;
}

/** Where the harm is concentrated first, worst first. */
export function segmentImpacts(
  deps: ReadDeps,
  { pair, metrics, range, requests }: { pair: Pair; metrics: readonly Metric[]; range: Range; requests: number },
): SegmentImpact[] {
  const { application, releaseId } = pair;
  const keys = findApplication(deps.control, application)?.segments ?? ["region"];
  const whole = metrics.map((metric) => compared(deps, { pair, metric, range }));
  const tested = keys.flatMap((key) =>
    deps.telemetry.segmentValues({ application, releaseId, key, ...range, limit: VALUES }).map(({ value, count }) => {
      const tests = whole.map(({ metric, candidate: all }) => {
        const here = compared(deps, { pair, segment: { key, value }, metric, range });
        const elsewhere = withoutPart(all, here.candidate);
        return { ...here, pElsewhere: worsePValue(metric, { candidate: here.candidate, control: elsewhere }) ?? 1 };
      });
      return { key, value, requests: count, share: requests === 0 ? 0 : count / requests, tests };
    }),
  );
  return judged(tested).toSorted(
    (a, b) => HARMS.indexOf(a.harm) - HARMS.indexOf(b.harm) || a.p - b.p || b.requests - a.requests,
  );
}

const HARMS: readonly SegmentImpact["harm"][] = ["concentrated", "alike", "spared"];

type Tested = Pick<SegmentImpact, "key" | "value" | "requests" | "share"> & {
  readonly tests: readonly { readonly row: ImpactRow; readonly p: number; readonly pElsewhere: number }[];
};

/** False discoveries are held over all segments and metrics together, of either comparison. */
function judged(tested: readonly Tested[]): SegmentImpact[] {
  const all = tested.flatMap(({ tests }) => tests);
  const pick = (p: readonly number[]): Set<(typeof all)[number]> => {
    const found = discoveries(p, FALSE_DISCOVERIES);
    return new Set(all.filter((_, index) => found[index] === true));
  };
  const overControl = pick(all.map(({ p }) => p));
  const overElsewhere = pick(all.map(({ pElsewhere }) => pElsewhere));
  return tested.map(({ tests, ...segment }) => {
    const hurting = tests.filter((one) => overControl.has(one) && one.row.worse === true);
    const [worst] = hurting.toSorted((a, b) => a.p - b.p);
    const isConcentrated = hurting.some((one) => overElsewhere.has(one));
    const harm = worst === undefined ? "spared" : isConcentrated ? "concentrated" : "alike";
    const explains = worst === undefined ? null : shareOfExtra(worst.row, ofKey(tested, segment.key));
    return { ...segment, harm, worst: worst?.row ?? null, explains, p: worst?.p ?? 1 };
  });
}

function ofKey(tested: readonly Tested[], key: string): ImpactRow[] {
  return tested.filter((one) => one.key === key).flatMap(({ tests }) => tests.map(({ row }) => row));
}

function shareOfExtra({ metric, extra }: ImpactRow, all: readonly ImpactRow[]): number | null {
  if (extra === null || extra.value <= 0) return null;
  const costs = all.map((row) => (row.metric === metric ? Math.max(0, row.extra?.value ?? 0) : 0));
  return extra.value / costs.reduce((sum, cost) => sum + cost, 0);
}

/** The rest of the release's requests; sums alone, which is all that is compared. */
function withoutPart(whole: Aggregate, part: Aggregate): Aggregate {
  return {
    ...emptyAggregate(),
    count: whole.count - part.count,
    sum: whole.sum - part.sum,
    sumSq: whole.sumSq - part.sumSq,
    events: whole.events - part.events,
  };
}
