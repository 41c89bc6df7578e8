/** Who acted, from the columns that rows keep. */
import type { Actor } from "./common-view";

const KINDS = ["person", "token", "controller", "system"] as const;

/** A kind that this version does not know is shown as `system`. */
export function actorOf(row: { actorKind: string; actorId: string; actorName: string }): Actor {
  return { kind: KINDS.find((kind) => kind === row.actorKind) ?? "system", id: row.actorId, label: row.actorName };
}
