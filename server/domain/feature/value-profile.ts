/** The distribution of a feature's values, in bins that another sample can be counted into. */

/** Numbers fall into bins between edges, everything else into a bin per value. */
export type ProfileBins =
  | { readonly kind: "numeric"; readonly edges: readonly number[] }
  | { readonly kind: "categories"; readonly values: readonly string[] };

/** One feature over all rows (`segment` null) or over those of one segment value. */
export interface ValueProfile {
  readonly feature: string;
  /** `region=us-west`, or null for all rows. */
  readonly segment: string | null;
  readonly bins: ProfileBins;
  /** Values per bin; after the bins one count of values in none of them, and one of missing values. */
  readonly counts: readonly number[];
}

/** Ten bins with equally many reference values: fine enough to see a shift, coarse enough for small samples. */
const BINS = 10;
/** Numbers with at most so many distinct values are categories: 0 and 1, star ratings. */
const FEW_VALUES = 10;
/** Categories that have a bin of their own, the most frequent first. */
const MOST_CATEGORIES = 20;

/** Bins that fit the values: their deciles where they are numbers, else their most frequent values. */
export function binsOf(values: readonly unknown[]): ProfileBins {
  const present = values.filter((value) => !isMissing(value));
  const numbers = present.filter((value) => typeof value === "number");
  if (numbers.length === present.length && new Set(numbers).size > FEW_VALUES) {
    const sorted = numbers.toSorted((a, b) => a - b);
    const edges = Array.from({ length: BINS - 1 }, (_, index) => {
      return sorted[Math.floor(((index + 1) * sorted.length) / BINS)] ?? 0;
    });
    return { kind: "numeric", edges: [...new Set(edges)] };
  }
  const counts = new Map<string, number>();
  for (const value of present) counts.set(wordOf(value), (counts.get(wordOf(value)) ?? 0) + 1);
  const frequent = [...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, MOST_CATEGORIES);
  return { kind: "categories", values: frequent.map(([word]) => word) };
}

/** How many of the values fall into each bin, into none of them, and are missing. */
export function countInto(bins: ProfileBins, values: readonly unknown[]): number[] {
  const size = bins.kind === "numeric" ? bins.edges.length + 1 : bins.values.length;
  const counts = Array.from({ length: size + 2 }, () => 0);
  for (const value of values) {
    const index = isMissing(value) ? size + 1 : (binOf(bins, value) ?? size);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

/** The bin of a value that is there; undefined when it fits none. */
function binOf(bins: ProfileBins, value: unknown): number | undefined {
  if (bins.kind === "numeric") {
    if (typeof value !== "number") return undefined;
    const after = bins.edges.findIndex((edge) => value < edge);
    return after === -1 ? bins.edges.length : after;
  }
  const index = bins.values.indexOf(wordOf(value));
  return index === -1 ? undefined : index;
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === "number" && !Number.isFinite(value));
}

function wordOf(value: unknown): string {
  return (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).slice(0, 128);
}
