/** The four clocks of an incident: start, detected, mitigated, resolved; and how long lies between them. */
import type { ReactNode } from "react";
import type { IncidentSummary } from "@/components/data/outputs";
import { formatDuration } from "@/components/ui/format";
import { Time } from "@/components/ui/time";

type Clocks = Pick<IncidentSummary, "startedAt" | "detectedAt" | "mitigatedAt" | "resolvedAt">;

function between(from: string | null, to: string | null): string | null {
  return from === null || to === null ? null : formatDuration(Date.parse(to) - Date.parse(from));
}

/** `detected after 14 min, mitigated after 40 s`. */
export function clockWords(clocks: Clocks): string {
  const detected = between(clocks.startedAt, clocks.detectedAt);
  const mitigated = between(clocks.detectedAt, clocks.mitigatedAt);
  const resolved = between(clocks.detectedAt, clocks.resolvedAt);
  const parts = [
    detected === null ? null : `detected after ${detected}`,
    mitigated === null ? null : `mitigated after ${mitigated}`,
    resolved === null ? null : `resolved after ${resolved}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? "—" : parts.join(", ");
}

const NAMES = [
  ["startedAt", "Started"],
  ["detectedAt", "Detected"],
  ["mitigatedAt", "Mitigated"],
  ["resolvedAt", "Resolved"],
] as const;

export function IncidentClocks({ clocks }: { clocks: Clocks }): ReactNode {
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-md border border-hairline bg-hairline lg:grid-cols-4">
      {NAMES.map(([key, name]) => {
        const at = clocks[key];
        return (
          <div key={key} className="bg-bg px-3 py-2">
            <dt className="text-sm text-muted">{name}</dt>
            <dd>
              {at === null ? (
                <span className="text-muted">not yet</span>
              ) : (
                <Time at={at} precision="second" short relative />
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
