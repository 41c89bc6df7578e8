/**
 * Registers the release that takes back one changed component and keeps the rest. It serves nothing yet: a rollback to
 * it, or a rollout of it, is a decision of its own.
 */
import { z } from "zod";
import { conflict, notFound } from "@/server/domain/errors";
import { AliasName, ApplicationId, ReleaseId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { takeBack } from "@/server/domain/release/take-back";
import { requireRelease } from "./alias-core";
import type { ControlContext } from "./context";
import { perform, Reason } from "./perform";
import { writeRelease } from "./register-release";
import { requireRole } from "./require-role";

export const ProposePartialRollbackInput = closedObject({
  application: ApplicationId,
  alias: AliasName.default(AliasName.parse("production")),
  /** The release that fails, and the one whose component worked. */
  fromReleaseId: ReleaseId,
  toReleaseId: ReleaseId,
  /** The component to take back, by its kind (and slot). */
  kind: z.string().min(1).max(128),
  reason: Reason,
});
export type ProposePartialRollbackInput = z.input<typeof ProposePartialRollbackInput>;

export const ProposePartialRollbackOutput = z.object({
  releaseId: ReleaseId,
  created: z.boolean(),
  components: z.record(z.string(), z.string()),
});
export type ProposePartialRollbackOutput = z.output<typeof ProposePartialRollbackOutput>;

/**
 * The same proposal again is the same release.
 *
 * @throws DomainError `not_found` for an unknown release or a component that neither has; `conflict` when the two agree
 *   on the component.
 */
export function proposePartialRollback(
  context: ControlContext,
  input: ProposePartialRollbackInput,
): ProposePartialRollbackOutput {
  requireRole(context.actor, { role: "on_call" });
  const given = parseInput(ProposePartialRollbackInput, input, "the proposal");
  const { application, alias, kind, reason, fromReleaseId, toReleaseId } = given;
  return perform(context, (act) => {
    const from = requireRelease(act, { application, releaseId: fromReleaseId }).components;
    const to = requireRelease(act, { application, releaseId: toReleaseId }).components;
    if (!Object.hasOwn(from, kind) && !Object.hasOwn(to, kind)) {
      throw notFound(`component of ${fromReleaseId} or ${toReleaseId}`, kind);
    }
    if (from[kind] === to[kind]) {
      throw conflict(`${fromReleaseId} and ${toReleaseId} have the same ${kind}: there is nothing to take back`);
    }
    const components = takeBack({ from, to, kind });
    const labels = { title: `${fromReleaseId} with ${kind} of ${toReleaseId}`, partial_rollback: alias, reason };
    const { releaseId, created } = writeRelease(act, { application, components, labels });
    return { releaseId, created, components: { ...components } };
  });
}
