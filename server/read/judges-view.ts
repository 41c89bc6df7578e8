/** Judges of an application: how far each agrees with people, and whether it still scores as it did. */
import { z } from "zod";
import { Time } from "@/server/domain/time";

const Bound = z.number().nullable();

export const JudgesView = z.object({
  application: z.string(),
  sentence: z.string(),
  tone: z.enum(["ok", "review", "neutral"]),
  items: z.array(
    z.object({
      judge: z.string(),
      score: z.string(),
      /** A calibrated judge that does not drift may drive an automatic rollback. */
      calibrated: z.boolean(),
      reasons: z.array(z.string()),
      drifting: z.boolean(),
      /** When too few of its labels will be recent, unless new ones come; null where it is not calibrated. */
      calibratedUntil: Time.nullable(),
      /** On the human labels of the last 30 days. */
      agreement: z.object({
        n: z.number().int(),
        rate: Bound,
        rateLower: Bound,
        rateUpper: Bound,
        kappa: Bound,
        bias: Bound,
        biasLower: Bound,
        biasUpper: Bound,
      }),
      /** Runs over the anchor set against the first, oldest first. */
      anchors: z.array(
        z.object({
          at: Time,
          n: z.number().int(),
          difference: Bound,
          lower: Bound,
          upper: Bound,
          drifting: z.boolean(),
        }),
      ),
    }),
  ),
});
export type JudgesView = z.input<typeof JudgesView>;
