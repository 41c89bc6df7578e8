/** A person's own sessions: one is ended when a browser is lost, all others when a password may be known. */
import { z } from "zod";
import { conflict, notFound } from "@/server/domain/errors";
import { closedObject, parseInput } from "@/server/domain/input";
import type { ControlContext } from "@/server/control/context";
import { perform, writeAudit } from "@/server/control/perform";
import { deleteSession, deleteSessionsOf } from "@/server/store/control/sessions";

export const EndOwnSessionsInput = closedObject({
  /** Without it, every session but the present one. */
  sessionId: z.string().min(1).max(128).optional(),
});
export type EndOwnSessionsInput = z.input<typeof EndOwnSessionsInput>;

export const EndOwnSessionsOutput = z.object({ ended: z.number().int() });
export type EndOwnSessionsOutput = z.output<typeof EndOwnSessionsOutput>;

/**
 * Signs the acting person out of other browsers, or of this one when it is named.
 *
 * @throws DomainError `not_found` for a session that is not the person's own; `conflict` for a token, which has none.
 */
export function endOwnSessions(context: ControlContext, input: EndOwnSessionsInput): EndOwnSessionsOutput {
  const { sessionId } = parseInput(EndOwnSessionsInput, input, "the sessions to end");
  const { actor } = context;
  if (actor.kind !== "person") throw conflict(`${actor.name} is a token and has no sessions: revoke the token instead`);
  return perform(context, (act) => {
    const own = { userId: actor.id, id: sessionId ?? "" };
    if (sessionId !== undefined && !deleteSession(act.tx, own)) throw notFound("session of yours", sessionId);
    const ended = sessionId === undefined ? deleteSessionsOf(act.tx, actor.id, actor.sessionId) : 1;
    writeAudit(act, { action: "user.sessions_ended", target: `user/${actor.id}`, after: { ended } });
    return { ended };
  });
}
