/** What turning records into requests needs to know of the installation. `ControlFacts` knows it from control.db. */
import type { ReleaseHints, ResolvedRelease } from "@/server/store/sqlite/release-facts";

export interface RecordFacts {
  /** The keys an application's requests are counted by. */
  segmentKeys: (application: string) => readonly string[];
  /** Whether request and response text may be kept. */
  storesContent: (application: string) => boolean;
  /** The application of a record that names none. */
  applicationOf: (releaseId: string | null) => string | undefined;
  /** The release of a record that names none. */
  resolveRelease: (hints: ReleaseHints) => ResolvedRelease;
}
