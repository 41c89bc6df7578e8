/** Writes down that somebody is about to read the text of a request: what people wrote is shown to nobody unseen. */
import { z } from "zod";
import { ApplicationId, RequestId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import type { ControlContext } from "./context";
import { perform, Reason, writeAudit } from "./perform";
import { requireRole } from "./require-role";

export const RevealTextInput = closedObject({ application: ApplicationId, requestId: RequestId, reason: Reason });
export type RevealTextInput = z.input<typeof RevealTextInput>;

export const RevealTextOutput = z.object({
  /** Sequence number of the audit entry. */
  auditId: z.number().int(),
});
export type RevealTextOutput = z.output<typeof RevealTextOutput>;

/** The caller reads the text only after this has been committed. */
export function revealText(context: ControlContext, input: RevealTextInput): RevealTextOutput {
  requireRole(context.actor, { role: "on_call" });
  const { application, requestId, reason } = parseInput(RevealTextInput, input, "the request to read");
  return perform(context, (act) => ({
    auditId: writeAudit(act, {
      action: "request.text_revealed",
      target: `application/${application}/request/${requestId}`,
      reason,
    }),
  }));
}
