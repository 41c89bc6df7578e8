/** What gateways say they run: the newest word of each. Reports, not decisions: they come with every heartbeat. */
import { and, asc, eq, gte, sql } from "drizzle-orm";
import { aliasAcks } from "@/db/control/schema/alias";
import type { AliasKey } from "./aliases";
import type { ControlReader, ControlTx } from "./database";

export type AliasAckRow = typeof aliasAcks.$inferSelect;

/** One gateway's word at `atMs`. */
export interface NewAck extends AliasKey {
  gateway: string;
  revision: number;
  releaseId: string;
  region: string | null;
  atMs: number;
}

/** Replaces what the gateway said before; the same revision again keeps the time of its first confirmation. */
export function writeAck(tx: ControlTx, { atMs, ...ack }: NewAck): void {
  const { revision, releaseId, region } = ack;
  tx.insert(aliasAcks)
    .values({ ...ack, confirmedAtMs: atMs, seenAtMs: atMs })
    .onConflictDoUpdate({
      target: [aliasAcks.application, aliasAcks.alias, aliasAcks.gateway],
      set: {
        revision,
        releaseId,
        region,
        confirmedAtMs: sql`iif(${aliasAcks.revision} = ${revision}, ${aliasAcks.confirmedAtMs}, ${atMs})`,
        seenAtMs: atMs,
      },
    })
    .run();
}

/** Gateways of an alias that were heard at or after `heardSinceMs`, by name. */
export function listAcks(
  db: ControlReader,
  { application, alias, heardSinceMs }: AliasKey & { heardSinceMs: number },
): AliasAckRow[] {
  return db
    .select()
    .from(aliasAcks)
    .where(
      and(eq(aliasAcks.application, application), eq(aliasAcks.alias, alias), gte(aliasAcks.seenAtMs, heardSinceMs)),
    )
    .orderBy(asc(aliasAcks.gateway))
    .all();
}
