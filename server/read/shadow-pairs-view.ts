/** The shape of a shadow's comparison in pairs: every figure is of differences within a pair, shadow minus original. */
import { z } from "zod";
import { Time } from "@/server/domain/time";
import { ReleaseRef } from "./common-view";

/** A value with its 95 % interval; null with too few pairs. */
const Enclosed = z.object({ value: z.number(), lower: z.number().nullable(), upper: z.number().nullable() });

const PairRow = z.object({
  /** The aggregate key: `ttft_ms`, `event:error`, `score:groundedness`. */
  key: z.string(),
  label: z.string(),
  unit: z.string(),
  higherIsWorse: z.boolean(),
  /** Pairs in which both sides state it. */
  count: z.number().int(),
  /** Null for events, whose median difference is nearly always zero. */
  median: Enclosed.nullable(),
  mean: Enclosed,
  better: z.number().int(),
  worse: z.number().int(),
  equal: z.number().int(),
  /** The interval of the mean excludes zero. */
  clear: z.boolean(),
});

export const ShadowPairsView = z.object({
  application: z.string(),
  candidate: ReleaseRef,
  control: ReleaseRef.nullable(),
  range: z.object({ from: Time, to: Time }),
  /** Shadows in the range, those that were looked at, and the pairs that they make. */
  shadows: z.number().int(),
  examined: z.number().int(),
  pairs: z.number().int(),
  /** Shadows whose original is not there, and pairs whose original another release than the control answered. */
  alone: z.number().int(),
  otherRelease: z.number().int(),
  sentence: z.string(),
  /** What cannot be compared, and why. */
  notes: z.array(z.string()),
  rows: z.array(PairRow),
  /** The pairs in which the shadow did worst, the worst first. */
  worst: z.array(
    z.object({
      shadowId: z.string(),
      originalId: z.string(),
      at: Time,
      /** What got worse, the worst first: values on both sides. */
      differences: z.array(
        z.object({
          key: z.string(),
          label: z.string(),
          unit: z.string(),
          original: z.number(),
          shadow: z.number(),
        }),
      ),
    }),
  ),
});
export type ShadowPairsView = z.input<typeof ShadowPairsView>;
