/** Live feature values against the evaluation set's and, of the same period, the candidate's against the control's. */
import { populationStability, type Stability } from "@/server/domain/feature/population-stability";
import { binsOf, countInto, type ProfileBins, type ValueProfile } from "@/server/domain/feature/value-profile";
import type { FeatureViewItem } from "./features-view";
import type { ServedValue } from "./served-features";

type Drift = FeatureViewItem["drift"][number];

/** Segments without a profile of their own that are looked at, the busiest first. */
const MOST_SEGMENTS = 20;

export interface DriftInput {
  profiles: readonly ValueProfile[];
  control: readonly ServedValue[];
  candidate: readonly ServedValue[];
}

/** A row per feature and segment, what has moved furthest first. */
export function featureDrift({ profiles, control, candidate }: DriftInput): Drift[] {
  const live = [...control, ...candidate];
  const features = new Set([...profiles, ...live].map(({ feature }) => feature));
  const rows = [...features].flatMap((feature) => {
    const of = (values: readonly ServedValue[]): ServedValue[] => values.filter((value) => value.feature === feature);
    const own = { control: of(control), candidate: of(candidate) };
    const references = profiles.filter((profile) => profile.feature === feature);
    const bins = references[0]?.bins ?? binsOf(own.control.map(({ value }) => value));
    return segmentsOf(references, [...own.control, ...own.candidate]).map((segment) =>
      driftIn(segment, { ...own, bins, feature, reference: references.find((one) => one.segment === segment) }),
    );
  });
  return rows.toSorted((a, b) => furthest(b) - furthest(a) || rank(a) - rank(b));
}

function driftIn(
  segment: string | null,
  given: {
    feature: string;
    bins: ProfileBins;
    reference: ValueProfile | undefined;
    control: readonly ServedValue[];
    candidate: readonly ServedValue[];
  },
): Drift {
  const counts = (values: readonly ServedValue[]): number[] =>
    countInto(
      given.bins,
      values.filter(({ segments }) => segment === null || segments.includes(segment)).map(({ value }) => value),
    );
  const [control, candidate] = [counts(given.control), counts(given.candidate)];
  const against = (live: readonly number[]): Stability | null =>
    given.reference === undefined ? null : populationStability(given.reference.counts, live);
  return {
    feature: given.feature,
    segment,
    control: against(control),
    candidate: given.candidate.length === 0 ? null : against(candidate),
    candidateVsControl: given.candidate.length === 0 ? null : populationStability(control, candidate),
  };
}

/** All requests first, then the segment values of the set, then the busiest others. */
function segmentsOf(references: readonly ValueProfile[], live: readonly ServedValue[]): (string | null)[] {
  const counts = new Map<string, number>();
  for (const segment of live.flatMap(({ segments }) => segments)) counts.set(segment, (counts.get(segment) ?? 0) + 1);
  const busiest = [...counts].toSorted((a, b) => b[1] - a[1]).map(([segment]) => segment);
  const known = references.flatMap(({ segment }) => (segment === null ? [] : [segment]));
  return [null, ...new Set([...known, ...busiest.slice(0, MOST_SEGMENTS)])];
}

function furthest({ control, candidate, candidateVsControl }: Drift): number {
  return Math.max(...[control, candidate, candidateVsControl].map((stability) => stability?.psi ?? -1));
}

/** All requests before any segment, where neither moved further. */
function rank({ segment }: Drift): number {
  return segment === null ? 0 : 1;
}
