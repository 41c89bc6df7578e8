/** What differs in a window: the answer to where the candidate is worse than its control, and where more than elsewhere. */
import { z } from "zod";
import { Time } from "@/server/domain/time";
import { ReleaseRef } from "./common-view";
import { SegmentImpactView } from "./incident-impact-view";

export const CompareDiffersView = z.object({
  application: z.string(),
  candidate: ReleaseRef,
  control: ReleaseRef.nullable(),
  /** Whole buckets of 10 s that hold what was asked for. */
  range: z.object({ from: Time, to: Time }),
  /** Requests of both sides in the range. */
  requests: z.number().int(),
  controlRequests: z.number().int(),
  /** One sentence for the page. */
  sentence: z.string(),
  /** Every value of the application's segments, where the harm is concentrated first, worst first. */
  segments: z.array(SegmentImpactView),
  /** The candidate's requests of the range. */
  href: z.string(),
});
export type CompareDiffersView = z.input<typeof CompareDiffersView>;
