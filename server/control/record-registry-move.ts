/** Keeps what was written to a registry's alias, or seen there although nobody here wrote it. For the controller alone. */
import { z } from "zod";
import { forbidden } from "@/server/domain/errors";
import { closedObject, parseInput } from "@/server/domain/input";
import { addRegistryMove } from "@/server/store/control/registry";
import type { ControlContext } from "./context";
import { perform, writeAudit } from "./perform";

export const RecordRegistryMoveInput = closedObject({
  link: z.object({
    id: z.number().int(),
    application: z.string(),
    alias: z.string(),
    model: z.string(),
    registryAlias: z.string(),
  }),
  outcome: z.enum(["moved", "conflict", "out_of_band"]),
  before: z.string().nullable(),
  requested: z.string().nullable(),
  observed: z.string().nullable(),
});
export type RecordRegistryMoveInput = z.input<typeof RecordRegistryMoveInput>;

export function recordRegistryMove(context: ControlContext, input: RecordRegistryMoveInput): void {
  if (context.actor.kind !== "controller") throw forbidden("only the controller records what it does in a registry");
  const { link, ...move } = parseInput(RecordRegistryMoveInput, input, "the registry move");
  perform(context, (act) => {
    addRegistryMove(act.tx, {
      linkId: link.id,
      outcome: move.outcome,
      beforeVersion: move.before,
      requestedVersion: move.requested,
      observedVersion: move.observed,
      atMs: context.nowMs,
    });
    writeAudit(act, {
      action: `registry_alias.${move.outcome}`,
      target: `application/${link.application}/alias/${link.alias}`,
      before: { version: move.before },
      after: {
        model: link.model,
        registryAlias: link.registryAlias,
        requested: move.requested,
        version: move.observed,
      },
    });
  });
}
