/** What turning records into requests needs to know of the installation. `ControlFacts` knows it from control.db. */
import type { TelemetryKeys } from "@/server/domain/request/telemetry-keys";
import type { ReleaseHints, ResolvedRelease } from "@/server/store/sqlite/release-facts";

export interface RecordFacts {
  /** The keys an application's requests are counted by. */
  segmentKeys: (application: string) => readonly string[];
  /** The application's own keys for fields; undefined where it has none. The same object until they change. */
  telemetryKeys: (application: string) => TelemetryKeys | undefined;
  /** Whether request and response text may be kept. */
  storesContent: (application: string) => boolean;
  /** The application of a record that names none. */
  applicationOf: (releaseId: string | null) => string | undefined;
  /** The release of a record that names none. */
  resolveRelease: (hints: ReleaseHints) => ResolvedRelease;
}

/** A record from further ahead is refused: its windows would lie in the future. */
export const DAY_MS = 86_400_000;
const CLOCK_TOLERANCE_MS = 60_000;

/** What there is to say about the sender's clock. */
export function clockFlags(timeMs: number, nowMs: number): string[] {
  return timeMs > nowMs + CLOCK_TOLERANCE_MS ? ["clock_ahead"] : [];
}
