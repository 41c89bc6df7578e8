/** Registry aliases that follow ours, and what was written to and seen in the registry. */
import { z } from "zod";
import { Time } from "@/server/domain/time";
import { listRegistryLinks, listRegistryMoves } from "@/server/store/control/registry";
import type { ReadDeps } from "./deps";

const MOVES = 20;

export const RegistriesView = z.object({
  application: z.string(),
  items: z.array(
    z.object({
      alias: z.string(),
      kind: z.string(),
      model: z.string(),
      registryAlias: z.string(),
      /** Somebody else moved the registry's alias, and nothing of ours has moved it since. */
      outOfBand: z.boolean(),
      /** Newest first. */
      moves: z.array(
        z.object({
          outcome: z.enum(["moved", "conflict", "out_of_band"]),
          before: z.string().nullable(),
          requested: z.string().nullable(),
          observed: z.string().nullable(),
          at: Time,
        }),
      ),
    }),
  ),
});
export type RegistriesView = z.input<typeof RegistriesView>;

export function readRegistries({ control }: ReadDeps, application: string): RegistriesView {
  const items = listRegistryLinks(control, application).map(({ id, alias, kind, model, registryAlias }) => {
    const moves = listRegistryMoves(control, { linkId: id, limit: MOVES }).map((row) => ({
      outcome: row.outcome,
      before: row.beforeVersion,
      requested: row.requestedVersion,
      observed: row.observedVersion,
      at: row.atMs,
    }));
    const outOfBand = moves[0] !== undefined && moves[0].outcome !== "moved";
    return { alias, kind, model, registryAlias, outOfBand, moves };
  });
  return { application, items };
}
