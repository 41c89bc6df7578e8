/** What the intake makes of telemetry, without storing any. */
import { z } from "zod";
import { READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { definedOnly } from "@/server/read/defined-only";
import { doctor } from "@/server/read/doctor";
import { readTelemetryHealth } from "@/server/read/telemetry-health";
import { TelemetryHealthView } from "@/server/read/telemetry-health-view";
import { DoctorReport } from "@/server/telemetry/doctor/doctor-report";

export const intakeRouter = createRouter({
  /** Sent as a write because of its size; it changes nothing. */
  doctor: procedure({
    // Who may send telemetry may ask what becomes of it, and so may everyone who may read what became of it.
    access: { role: "viewer", scopes: ["ingest", "read"] },
    rest: {
      method: "POST",
      path: "/api/v1/intake/doctor",
      summary: "What telemetry would become, field by field; nothing is stored",
    },
    input: closedObject({
      /** Whose a span is that comes without its resource. */
      application: ApplicationId.optional(),
      /** The body as text, or the JSON document itself. */
      body: z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())], {
        error: "must be the body to look at: a text, or the JSON itself",
      }),
    }),
    output: DoctorReport,
  }).mutation(({ ctx, input }) => doctor(ctx, definedOnly(input))),

  health: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/applications/{application}/telemetry",
      summary: "How fit an application's telemetry is to decide on",
    },
    input: closedObject({ application: ApplicationId }),
    output: TelemetryHealthView,
  }).query(({ ctx, input }) => readTelemetryHealth(ctx, input)),
});
