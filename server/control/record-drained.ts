/** Notes that a failed release has stopped serving: seen in telemetry, not assumed from the alias. For the controller alone. */
import { z } from "zod";
import { forbidden } from "@/server/domain/errors";
import { closedObject, parseInput } from "@/server/domain/input";
import { writeIncident } from "@/server/store/control/incidents";
import type { ControlContext } from "./context";
import { addToTimeline, requireIncident } from "./incident-core";
import { perform, writeAudit } from "./perform";

export const RecordDrainedInput = closedObject({
  incidentId: z.string(),
  /** Time of the last request that the failed release served, epoch ms. */
  drainedAtMs: z.number().int().nonnegative(),
});
export type RecordDrainedInput = z.input<typeof RecordDrainedInput>;

/** False when it was noted before. */
export function recordDrained(context: ControlContext, input: RecordDrainedInput): boolean {
  if (context.actor.kind !== "controller") throw forbidden("only the controller records what it sees in telemetry");
  const { incidentId, drainedAtMs } = parseInput(RecordDrainedInput, input, "the drain");
  return perform(context, (act) => {
    const incident = requireIncident(act.tx, { incidentId });
    if (incident.drainedAtMs !== null) return false;
    const auditSeq = writeAudit(act, {
      action: "incident.drained",
      target: `application/${incident.application}/incident/${incidentId}`,
      after: { releaseId: incident.releaseId, drainedAtMs },
    });
    writeIncident(act.tx, { id: incidentId, change: { drainedAtMs } });
    const text = `Traffic has drained: ${incident.releaseId ?? "the failed release"} serves no requests any more`;
    addToTimeline(act, { incidentId, kind: "drain", text, data: { drainedAtMs }, auditSeq });
    return true;
  });
}
