"use client";
/** Which changed component explains it, in words; or why nobody can say, or that going back would not help. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import type { IncidentBlame as Blame, IncidentDetail } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { Card } from "@/components/ui/card";
import { formatCount, formatShare } from "@/components/ui/format";
import { StatusBadge } from "@/components/ui/status-badge";
import { changeText, ChangeChips } from "@/components/vocabulary/release";

const VERDICTS = {
  component: { status: "breach", word: "Named" },
  not_enough_evidence: { status: "collecting", word: "Not enough evidence" },
  everyone_is_worse: { status: "review", word: "Everyone is worse" },
} as const;

export function IncidentBlame({ incident }: { incident: IncidentDetail }): ReactNode {
  const trpc = useTRPC();
  const query = useQuery({ ...trpc.incidents.blame.queryOptions({ incidentId: incident.id }), staleTime: 15_000 });
  const verdict = query.data == null ? undefined : VERDICTS[query.data.verdict];
  return (
    <Card
      title="Suspect"
      {...(verdict === undefined ? {} : { actions: <StatusBadge status={verdict.status}>{verdict.word}</StatusBadge> })}
    >
      <QueryState query={query} name="The suspects">
        {(blame) => (blame === null ? <Unknown incident={incident} /> : <Suspects blame={blame} />)}
      </QueryState>
    </Card>
  );
}

function Unknown({ incident }: { incident: IncidentDetail }): ReactNode {
  return <ChangeChips changes={incident.changes} none="It is about no release whose components could be compared." />;
}

function Suspects({ blame }: { blame: Blame }): ReactNode {
  const told = new Set(blame.suspects.flatMap(({ reasons }) => reasons));
  const drift = blame.drift.filter(({ words }) => !told.has(words));
  return (
    <div className="flex flex-col gap-3">
      <p className="text-md font-medium">{blame.sentence}</p>
      {blame.suspects.length > 0 && (
        <ol className="flex flex-col gap-2">
          {blame.suspects.map((suspect) => (
            <li key={suspect.change.kind} className="border-l-2 border-hairline pl-3">
              <p className="flex flex-wrap items-baseline gap-x-2">
                <span className={`font-mono text-sm break-all ${suspect.named ? "font-semibold" : ""}`}>
                  {changeText(suspect.change)}
                </span>
                <span className="text-sm text-muted">{formatShare(suspect.probability)} probable</span>
              </p>
              <ul className="list-disc pl-4 text-sm text-muted">
                {suspect.reasons.map((reason) => (
                  <li key={reason}>{reason}</li>
                ))}
              </ul>
            </li>
          ))}
        </ol>
      )}
      {drift.length > 0 && (
        <ul className="list-disc pl-4 text-sm text-muted">
          {drift.map((feature) => (
            <li key={feature.feature}>{feature.words}</li>
          ))}
        </ul>
      )}
      <p className="text-sm text-muted">{countedWords(blame)}</p>
    </div>
  );
}

/** What the counts are of, so that nobody takes them for more than they are. */
function countedWords({ basedOn }: Blame): string {
  const { metric, segment, release, control } = basedOn;
  const place = segment === null ? "" : ` in ${segment}`;
  const arm = ({ bad, count }: { bad: number; count: number }): string =>
    `${formatCount(bad)} of ${formatCount(count)}`;
  return `Counted by ${metric}${place}: ${arm(release)} bad on the release, ${arm(control)} on the control.`;
}
