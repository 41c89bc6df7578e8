/** What an alias serves now, as gateways read it. */
import { z } from "zod";
import { notFound } from "@/server/domain/errors";
import { Time } from "@/server/domain/time";
import { ALIAS_MOVE_CAUSES } from "@/server/domain/vocabulary";
import { findAlias, listMovesOfAlias, type AliasKey } from "@/server/store/control/aliases";
import type { ControlReader } from "@/server/store/control/database";
import { findRelease } from "@/server/store/control/releases";

export const AliasStateView = z.object({
  releaseId: z.string(),
  /** Kind → `name@version`. */
  components: z.record(z.string(), z.string()),
  /** Counts the alias's moves from 1. */
  revision: z.number().int(),
  changedAt: Time,
  cause: z.enum(ALIAS_MOVE_CAUSES),
});
export type AliasStateView = z.input<typeof AliasStateView>;

/** @throws DomainError `not_found` while the alias points nowhere. */
export function aliasState(control: ControlReader, key: AliasKey): AliasStateView {
  const row = findAlias(control, key);
  if (row === undefined) throw notFound("alias", `${key.alias} of application ${key.application}`);
  return {
    releaseId: row.releaseId,
    components: componentsOf(control, { application: key.application, releaseId: row.releaseId }),
    revision: row.revision,
    changedAt: row.changedAtMs,
    cause: row.cause,
  };
}

/** The states that followed `revision`, oldest first: what a subscriber missed. */
export function aliasStatesAfter(control: ControlReader, key: AliasKey, revision: number): AliasStateView[] {
  return listMovesOfAlias(control, key)
    .filter((move) => move.revision > revision)
    .map((move) => ({
      releaseId: move.toReleaseId,
      components: componentsOf(control, { application: key.application, releaseId: move.toReleaseId }),
      revision: move.revision,
      changedAt: move.atMs,
      cause: move.cause,
    }));
}

function componentsOf(control: ControlReader, key: { application: string; releaseId: string }): Record<string, string> {
  return findRelease(control, key)?.components ?? {};
}
