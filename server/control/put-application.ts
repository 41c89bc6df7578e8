/** Creates an application or changes its settings: name, segments, retention, whether text is stored. */
import { z } from "zod";
import { DomainError, invalidInput } from "@/server/domain/errors";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { isRehearsal } from "@/server/domain/rehearsal/rehearsal";
import { TelemetryKeys } from "@/server/domain/request/telemetry-keys";
import { Time } from "@/server/domain/time";
import { ensureApplication, findApplication, updateApplication } from "@/server/store/control/applications";
import type { ApplicationSettings } from "@/server/store/control/applications";
import type { ControlContext } from "./context";
import { perform, writeAudit } from "./perform";
import { requireRole } from "./require-role";

const Days = z.number().int("must be a whole number of days").min(1).max(3650);
const Months = z.number().int("must be a whole number of months").min(1).max(120);

export const PutApplicationInput = closedObject({
  application: ApplicationId,
  displayName: z.string().trim().min(1).max(128).optional(),
  /** Attributes whose values are segments, e.g. `region`. */
  segments: z.array(z.string().min(1).max(128)).max(8, "at most 8 segments").optional(),
  /** Rule 11: request and response text is stored only where this is true. */
  storeContent: z.boolean().optional(),
  retention: closedObject({ rawDays: Days.optional(), rollupMonths: Months.optional() }).optional(),
  /** The application's own keys for fields in telemetry, tried before all conventions; replaces what was set before. */
  telemetryKeys: TelemetryKeys.optional(),
});
export type PutApplicationInput = z.input<typeof PutApplicationInput>;

export const PutApplicationOutput = z.object({
  id: z.string(),
  displayName: z.string(),
  segments: z.array(z.string()),
  storeContent: z.boolean(),
  retention: z.object({ rawDays: z.number(), rollupMonths: z.number() }),
  telemetryKeys: TelemetryKeys,
  createdAt: Time,
  created: z.boolean(),
});
export type PutApplicationOutput = z.input<typeof PutApplicationOutput>;

/** What is not given stays as it is, or takes its default in a new application. */
export function putApplication(context: ControlContext, input: PutApplicationInput): PutApplicationOutput {
  requireRole(context.actor, { role: "release_manager", automatic: ["system"] });
  const given = parseInput(PutApplicationInput, input, "the application");
  const id = given.application;
  requireNoRehearsal(id);
  return perform(context, (act) => {
    const created = ensureApplication(act.tx, { id, nowMs: context.nowMs });
    const before = findApplication(act.tx, id);
    if (before === undefined) throw new DomainError("unavailable", `application ${id} could not be stored`);
    const after = updateApplication(act.tx, { id, settings: settingsOf(given, before.retention) }) ?? before;
    const { createdAtMs, ...settings } = after;
    writeAudit(act, {
      action: "application.put",
      target: `application/${id}`,
      ...(created ? {} : { before: { ...before } }),
      after: { ...after },
    });
    return { ...settings, createdAt: createdAtMs, created };
  });
}

/** @throws DomainError `invalid_input`: rehearsals are not counted and tell nobody, which no real application may be. */
export function requireNoRehearsal(application: string): void {
  if (!isRehearsal(application)) return;
  const message = "begins like the name of a rehearsal, which is made by starting one: choose another name";
  throw invalidInput(`application ${application} ${message}`, [{ pointer: "/application", message }]);
}

function settingsOf(
  given: z.output<typeof PutApplicationInput>,
  retention: { rawDays: number; rollupMonths: number },
): ApplicationSettings {
  return {
    ...(given.displayName === undefined ? {} : { displayName: given.displayName }),
    ...(given.segments === undefined ? {} : { segments: [...new Set(given.segments)] }),
    ...(given.storeContent === undefined ? {} : { storeContent: given.storeContent }),
    ...(given.telemetryKeys === undefined ? {} : { telemetryKeys: withoutEmpty(given.telemetryKeys) }),
    ...(given.retention === undefined
      ? {}
      : {
          retention: {
            rawDays: given.retention.rawDays ?? retention.rawDays,
            rollupMonths: given.retention.rollupMonths ?? retention.rollupMonths,
          },
        }),
  };
}

/** A field with an empty list of keys has none. */
function withoutEmpty(keys: z.output<typeof TelemetryKeys>): z.output<typeof TelemetryKeys> {
  return Object.fromEntries(Object.entries(keys).filter(([, list]) => list !== undefined && list.length > 0));
}
