/** Which gateways have confirmed a move: by their own word. What they really serve is the telemetry's to say. */
import { listAcks, type AliasAckRow } from "@/server/store/control/acks";
import type { AliasMoveRow, AliasRow } from "@/server/store/control/aliases";
import { countWords } from "@/server/domain/words/count-words";
import type { ReadDeps } from "./deps";
import type { RollbackPreviewView, RollbackProgressView } from "./rollback-preview-view";
import { clockWords } from "@/server/domain/words/time-words";

type Step = RollbackProgressView["steps"][number];

const NAME = "gateways_confirmed";
/** A gateway that was not heard for this long before a move is taken to be gone. */
const KNOWN_MS = 7 * 86_400_000;
/** So many are named; the rest is counted. */
const MOST_NAMED = 3;

/** The gateways known at the time of a move, in two lists: those at its revision or a later one, and the rest. */
export function gatewaysOf(
  { control }: ReadDeps,
  move: AliasMoveRow,
): { confirmed: AliasAckRow[]; behind: AliasAckRow[] } {
  const known = listAcks(control, { ...move, heardSinceMs: move.atMs - KNOWN_MS });
  return {
    confirmed: known.filter((ack) => ack.revision >= move.revision),
    behind: known.filter((ack) => ack.revision < move.revision),
  };
}

/** What each known gateway of an alias says it runs now, those behind first. */
export function gatewayViews(
  { control, nowMs }: ReadDeps,
  { application, alias, revision }: Pick<AliasRow, "application" | "alias" | "revision">,
): RollbackPreviewView["gateways"] {
  return listAcks(control, { application, alias, heardSinceMs: nowMs - KNOWN_MS })
    .map((ack) => ({
      gateway: ack.gateway,
      region: ack.region,
      releaseId: ack.releaseId,
      revision: ack.revision,
      behind: ack.revision < revision,
      lastSeenAt: ack.seenAtMs,
    }))
    .toSorted((a, b) => Number(b.behind) - Number(a.behind));
}

/** The step of a rollback: n of m known gateways. */
export function gatewaysStep(deps: ReadDeps, move: AliasMoveRow): Step {
  const { confirmed, behind } = gatewaysOf(deps, move);
  const known = confirmed.length + behind.length;
  if (known === 0) {
    const detail = "no gateway reports which revision it serves; the traffic below is the confirmation";
    return { name: NAME, state: "not_applicable", at: null, detail };
  }
  const done = `${confirmed.length} of ${countWords(known, "known gateway")} confirmed revision ${move.revision}`;
  if (behind.length > 0) {
    const detail = `${done}; ${behindWords(behind, deps.nowMs)}`;
    return { name: NAME, state: confirmed.length === 0 ? "waiting" : "running", at: null, detail };
  }
  // A gateway that has moved on since no longer says when it confirmed this revision.
  const isExact = confirmed.every((ack) => ack.revision === move.revision);
  const at = isExact ? Math.max(...confirmed.map((ack) => ack.confirmedAtMs)) : null;
  return { name: NAME, state: "done", at, detail: done };
}

/** `gw-3 (eu-west) was at revision 17 at 03:51:40 UTC, and 2 more`. */
export function behindWords(behind: readonly AliasAckRow[], nowMs: number): string {
  const named = behind.slice(0, MOST_NAMED).map(({ gateway, region, revision, seenAtMs }) => {
    const where = region === null ? "" : ` (${region})`;
    return `${gateway}${where} was at revision ${revision} at ${clockWords(seenAtMs, nowMs)}`;
  });
  const more = behind.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}
