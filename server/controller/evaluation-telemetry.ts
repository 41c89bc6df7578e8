/**
 * What one evaluation of a rollout reads of telemetry. The store's `TelemetryReader` is one; a replay keeps a file's
 * requests in memory and offers no more than this.
 */
import type { Track } from "@/server/domain/vocabulary";
import type { Aggregate } from "@/server/domain/window/aggregate";
import type { EvidenceBucketRow, TelemetryReader } from "@/server/store/telemetry-reader";
import type { StoredRequest } from "@/server/store/stored-request";

/** The requests of one release on one track, all of them or those of one segment value. */
export interface ArmScope {
  application: string;
  releaseId: string;
  track: Track;
  segment?: { key: string; value: string };
}

/** The sums of one arrival bucket; who the subjects of its bad requests were is asked of the requests themselves. */
export type EvidenceSums = Omit<EvidenceBucketRow, "badSubjects">;

/** See the members of the same names in `TelemetryReader`. */
export interface EvaluationTelemetry extends Pick<TelemetryReader, "segmentValues"> {
  aggregate(query: ArmScope & { measure: string; fromMs: number; toMs: number }): Aggregate;
  listRequests(
    filter: ArmScope & { fromMs: number; toMs?: number },
    page: { limit: number; cursor?: string },
  ): { items: StoredRequest[]; nextCursor?: string };
  evidenceBuckets(query: Parameters<TelemetryReader["evidenceBuckets"]>[0]): EvidenceSums[];
}
