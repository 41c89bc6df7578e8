/** The feature values that were used, how old they were then, and whether they were computed as in evaluation. */
import type { ReactNode } from "react";
import type { RequestTrace } from "@/components/data/outputs";
import { Card } from "@/components/ui/card";
import { formatDuration } from "@/components/ui/format";
import { StatusBadge } from "@/components/ui/status-badge";
import { Time } from "@/components/ui/time";

function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

type Parity = RequestTrace["parity"][number];

function ParityLine({ parity }: { parity: Parity }): ReactNode {
  const { view, offline, online, equal } = parity;
  return (
    <li className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <span className="font-medium">{view}</span>
      {equal === null ? (
        <StatusBadge status="no_data">Not comparable</StatusBadge>
      ) : equal ? (
        <StatusBadge status="pass" quiet>
          Parity
        </StatusBadge>
      ) : (
        <StatusBadge status="breach">Fingerprints differ</StatusBadge>
      )}
      <span className="font-mono text-sm text-muted">
        offline {offline ?? "n/a"} · online {online ?? "n/a"}
      </span>
    </li>
  );
}

export function Features({ trace }: { trace: RequestTrace }): ReactNode {
  const { request, parity } = trace;
  if (request.features.length === 0 && parity.length === 0) return null;
  return (
    <Card title="Features" note="as they were used" flush>
      {parity.length > 0 && (
        <ul className="flex flex-col gap-1.5 border-b border-hairline px-3 py-2">
          {parity.map((each) => (
            <ParityLine key={each.view} parity={each} />
          ))}
        </ul>
      )}
      <dl className="divide-y divide-hairline">
        {request.features.map((feature) => (
          <div key={`${feature.view}.${feature.name}`} className="px-3 py-1.5">
            <dt className="text-sm break-all text-muted">
              {feature.view}.{feature.name}
            </dt>
            <dd className="flex flex-wrap items-baseline justify-between gap-x-3">
              <span className="font-mono break-all">{valueText(feature.value)}</span>
              <span className="text-sm text-muted">
                {feature.timestamp === null ? (
                  "no timestamp"
                ) : (
                  <>
                    <Time at={feature.timestamp} short />,{" "}
                    {formatDuration(Date.parse(request.time) - Date.parse(feature.timestamp))} old
                  </>
                )}
              </span>
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
