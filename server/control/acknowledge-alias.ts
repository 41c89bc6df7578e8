/**
 * A gateway says which revision of an alias it runs. It is a report, like telemetry, and changes nothing that serves:
 * no audit entry, so that heartbeats do not drown the log.
 */
import { z } from "zod";
import { conflict, notFound } from "@/server/domain/errors";
import { AliasName, ApplicationId, ReleaseId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { Time } from "@/server/domain/time";
import { writeAck } from "@/server/store/control/acks";
import { findAlias, findMoveOfRevision } from "@/server/store/control/aliases";
import { withTransaction } from "@/server/store/control/database";
import type { ControlContext } from "./context";
import { requireRole } from "./require-role";

export const AcknowledgeAliasInput = closedObject({
  application: ApplicationId,
  alias: AliasName,
  /** The gateway's own name: the same one every time, another one per process or pod. */
  gateway: z.string().trim().min(1).max(128),
  /** As the alias' answer said. */
  revision: z.number().int().positive(),
  releaseId: ReleaseId,
  region: z.string().trim().min(1).max(64).optional(),
});
export type AcknowledgeAliasInput = z.input<typeof AcknowledgeAliasInput>;

export const AcknowledgeAliasOutput = z.object({
  gateway: z.string(),
  revision: z.number().int(),
  acknowledgedAt: Time,
  /** The alias' present revision: a gateway that is behind should read the alias again. */
  current: z.number().int(),
  upToDate: z.boolean(),
});
export type AcknowledgeAliasOutput = z.input<typeof AcknowledgeAliasOutput>;

/**
 * The newest word of a gateway counts, also when it names an older revision: it may have restarted from its cache.
 *
 * @throws DomainError `not_found` for an unknown alias; `conflict` for a revision that never was, or that was another
 *   release: what such a gateway runs is not known.
 */
export function acknowledgeAlias(context: ControlContext, input: AcknowledgeAliasInput): AcknowledgeAliasOutput {
  requireRole(context.actor, { role: "release_manager", scopes: ["gateway"] });
  const given = parseInput(AcknowledgeAliasInput, input, "the acknowledgement");
  const { application, alias, gateway, revision, releaseId, region } = given;
  return withTransaction(context.db, (tx) => {
    const current = findAlias(tx, given);
    if (current === undefined) throw notFound(`alias of ${application}`, alias);
    const move = findMoveOfRevision(tx, given);
    if (move === undefined) {
      throw conflict(`${alias} has no revision ${revision}, its newest is ${current.revision}: read the alias again`);
    }
    if (move.toReleaseId !== releaseId) {
      throw conflict(`revision ${revision} of ${alias} is ${move.toReleaseId}, not ${releaseId}: read the alias again`);
    }
    const atMs = context.nowMs;
    writeAck(tx, { application, alias, gateway, revision, releaseId, region: region ?? null, atMs });
    const upToDate = revision === current.revision;
    return { gateway, revision, acknowledgedAt: atMs, current: current.revision, upToDate };
  });
}
