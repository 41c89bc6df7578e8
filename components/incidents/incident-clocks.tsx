/** The clocks of an incident, computed from the record: when each stopped, and how long after the start. */
import type { ReactNode } from "react";
import type { IncidentDetail, IncidentSummary } from "@/components/data/outputs";
import { formatDuration } from "@/components/ui/format";
import { Time } from "@/components/ui/time";

type ListClocks = Pick<IncidentSummary, "startedAt" | "detectedAt" | "mitigatedAt" | "resolvedAt">;
type Clocks = ListClocks & Pick<IncidentDetail, "decidedAt" | "drainedAt">;

function lengthOf(from: string | null, to: string | null): number | null {
  return from === null || to === null ? null : Date.parse(to) - Date.parse(from);
}

/** `detected after 14 min, mitigated at once`. */
export function clockWords(clocks: ListClocks): string {
  const lengths = [
    ["detected", lengthOf(clocks.startedAt, clocks.detectedAt)],
    ["mitigated", lengthOf(clocks.detectedAt, clocks.mitigatedAt)],
    ["resolved", lengthOf(clocks.detectedAt, clocks.resolvedAt)],
  ] as const;
  const parts = lengths.flatMap(([word, lengthMs]) => {
    if (lengthMs === null) return [];
    return [lengthMs === 0 ? `${word} at once` : `${word} after ${formatDuration(lengthMs)}`];
  });
  return parts.length === 0 ? "—" : parts.join(", ");
}

/** In the order in which they stop. */
const NAMES = [
  ["startedAt", "Started"],
  ["detectedAt", "Detected"],
  ["decidedAt", "Decided"],
  ["mitigatedAt", "Mitigated"],
  ["drainedAt", "Drained"],
  ["resolvedAt", "Resolved"],
] as const;

export function IncidentClocks({ clocks }: { clocks: Clocks }): ReactNode {
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-md border border-hairline bg-hairline sm:grid-cols-3 xl:grid-cols-6">
      {NAMES.map(([key, name]) => {
        const at = clocks[key];
        const sinceMs = key === "startedAt" ? null : lengthOf(clocks.startedAt, at);
        return (
          <div key={key} className="bg-bg px-3 py-2">
            <dt className="text-sm text-muted">{name}</dt>
            <dd>
              {at === null ? (
                <span className="text-muted">{key === "startedAt" ? "not known" : "not yet"}</span>
              ) : (
                <>
                  <Time at={at} precision="second" short />
                  {sinceMs !== null && (
                    <span className="block text-sm text-muted">{formatDuration(sinceMs)} after the start</span>
                  )}
                </>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
