/** How changes went over a period: how many failed, how long failures took to be seen and to be over. Counts beside all. */
import type { AliasMoveCause } from "@/server/domain/vocabulary";

interface Move {
  readonly alias: string;
  readonly fromReleaseId: string | null;
  readonly toReleaseId: string;
  readonly cause: AliasMoveCause;
}

interface Incident {
  /** When the harm began; null where that is not known. */
  readonly startedAtMs: number | null;
  readonly detectedAtMs: number;
  readonly mitigatedAtMs: number | null;
}

/** Lengths of time in ms; the median and the longest are null without any. */
interface Lengths {
  count: number;
  medianMs: number | null;
  longestMs: number | null;
}

export interface Delivery {
  /** Releases that an alias was to serve for the first time in the period, counted once per alias. */
  changes: number;
  /** Those of them that were rolled back. */
  failed: number;
  /** From the beginning of harm to its detection, where the beginning is known. */
  detect: Lengths;
  /** From the beginning of harm (else its detection) to its end, for incidents that have one. */
  restore: Lengths;
}

const FORWARD: ReadonlySet<AliasMoveCause> = new Set<AliasMoveCause>(["promotion", "manual", "registry_sync"]);
const BACK: ReadonlySet<AliasMoveCause> = new Set<AliasMoveCause>(["rollback", "break_glass"]);

/** @param moves the alias moves of the period; @param incidents those detected in it. An alias' very first release is no change. */
export function deliveryOf(moves: readonly Move[], incidents: readonly Incident[]): Delivery {
  const forward = moves.filter(({ cause, fromReleaseId }) => FORWARD.has(cause) && fromReleaseId !== null);
  const back = moves.filter(({ cause, fromReleaseId }) => BACK.has(cause) && fromReleaseId !== null);
  // A canary that is rolled back was never promoted; it is a change all the same.
  const failed = new Set(back.map(({ alias, fromReleaseId }) => `${alias} ${fromReleaseId ?? ""}`));
  const changes = new Set([...failed, ...forward.map(({ alias, toReleaseId }) => `${alias} ${toReleaseId}`)]);
  return {
    changes: changes.size,
    failed: failed.size,
    detect: lengthsOf(
      incidents.flatMap(({ startedAtMs, detectedAtMs }) => (startedAtMs === null ? [] : [detectedAtMs - startedAtMs])),
    ),
    restore: lengthsOf(
      incidents.flatMap(({ startedAtMs, detectedAtMs, mitigatedAtMs }) =>
        mitigatedAtMs === null ? [] : [mitigatedAtMs - (startedAtMs ?? detectedAtMs)],
      ),
    ),
  };
}

function lengthsOf(lengthsMs: readonly number[]): Lengths {
  const sorted = lengthsMs.map((ms) => Math.max(0, ms)).toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low, high] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  return {
    count: sorted.length,
    medianMs: low === undefined || high === undefined ? null : (low + high) / 2,
    longestMs: sorted.at(-1) ?? null,
  };
}
