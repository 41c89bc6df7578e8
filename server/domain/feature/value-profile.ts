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
  /** Rows per bin; the last but one is "beyond the bins" of categories, the last one missing values. */
  readonly counts: readonly number[];
}
