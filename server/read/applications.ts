/** The applications and their settings. */
import { z } from "zod";
import { isRehearsal } from "@/server/domain/rehearsal/rehearsal";
import { TelemetryKeys } from "@/server/domain/request/telemetry-keys";
import { Time } from "@/server/domain/time";
import { listApplications } from "@/server/store/control/applications";
import type { ReadDeps } from "./deps";

export const ApplicationView = z.object({
  id: z.string(),
  displayName: z.string(),
  /** Attributes whose values are segments. */
  segments: z.array(z.string()),
  /** Whether request and response text is kept. */
  storeContent: z.boolean(),
  retention: z.object({ rawDays: z.number().int(), rollupMonths: z.number().int() }),
  /** The application's own keys for fields in telemetry. */
  telemetryKeys: TelemetryKeys,
  createdAt: Time,
});

/** Every registered application, by id; tens. Those that exist to rehearse on come last. */
export function applicationList({ control }: ReadDeps): z.input<typeof ApplicationView>[] {
  return listApplications(control)
    .toSorted((a, b) => Number(isRehearsal(a.id)) - Number(isRehearsal(b.id)))
    .map(({ createdAtMs, ...settings }) => ({ ...settings, createdAt: createdAtMs }));
}
