/** Metrics over time. */
import { z } from "zod";
import { READ } from "@/server/api/access";
import { SegmentInput } from "@/server/api/segment-input";
import { createRouter, procedure } from "@/server/api/trpc";
import { ApplicationId, ReleaseId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { DURATION_FORM, parseDuration } from "@/server/domain/policy/duration";
import { TimeInput } from "@/server/domain/time";
import { TRACKS } from "@/server/domain/vocabulary";
import { definedOnly } from "@/server/read/defined-only";
import { readWindows, WindowsView } from "@/server/read/windows-series";

/** `5m` → milliseconds. */
const DurationInput = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, `must be ${DURATION_FORM}`)
  .transform((text) => parseDuration(text) ?? 0);

export const windowsRouter = createRouter({
  series: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/windows",
      summary: "A metric as a series of windows with count and interval",
    },
    input: closedObject({
      application: ApplicationId,
      /** A name of the metric grammar, e.g. `p95_ttft_ms`. */
      metric: z.string().min(1).max(200),
      releaseId: ReleaseId.optional(),
      track: z.enum(TRACKS).optional(),
      segment: SegmentInput.optional(),
      window: DurationInput.optional(),
      /** From one window's start to the next; a window's length unless given. */
      step: DurationInput.optional(),
      from: TimeInput.optional(),
      to: TimeInput.optional(),
    }),
    output: WindowsView,
  }).query(({ ctx, input: { window, step, from, to, ...scope } }) =>
    readWindows(ctx, definedOnly({ ...scope, windowMs: window, stepMs: step, fromMs: from, toMs: to })),
  ),
});
