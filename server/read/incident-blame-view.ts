/** What is to blame for an incident, as answers show it. */
import { z } from "zod";
import { ComponentChange } from "./common-view";

const Arm = z.object({ bad: z.number().int(), count: z.number().int() });

export const IncidentBlameView = z.object({
  incidentId: z.string(),
  verdict: z.enum(["component", "not_enough_evidence", "everyone_is_worse"]),
  /** Why nothing is named, with `not_enough_evidence`. */
  why: z.enum(["not_worse", "cannot_tell_apart", "nothing_that_changed"]).nullable(),
  sentence: z.string(),
  /** Changed components, the most probable first. */
  suspects: z.array(
    z.object({
      change: ComponentChange,
      /** 0–1: how probable it is that this one explains it, given what is known. */
      probability: z.number(),
      named: z.boolean(),
      /** Facts with their counts. */
      reasons: z.array(z.string()),
    }),
  ),
  /** What was counted: requests that were bad by this metric, in this segment where it was broken in one. */
  basedOn: z.object({
    metric: z.string(),
    segment: z.string().nullable(),
    release: Arm,
    control: Arm,
    /** The same control in as long a time before; null when it did not serve then. */
    controlBefore: Arm.nullable(),
  }),
  /** Features whose values differ where it went wrong, the largest shift first. */
  drift: z.array(
    z.object({
      feature: z.string(),
      words: z.string(),
      /** P(a value where it went wrong is larger); 0.5 is no difference. */
      larger: z.number(),
      medianWrong: z.number(),
      medianRight: z.number(),
    }),
  ),
});
export type IncidentBlameView = z.input<typeof IncidentBlameView>;
