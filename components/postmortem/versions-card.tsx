"use client";
/** Every saved version with who saved it, and what it changed. */
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import type { Postmortem } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { TextDiff } from "@/components/ui/text-diff";
import { Time } from "@/components/ui/time";
import { auditEntryPath, postmortemPath } from "@/components/vocabulary/paths";
import { diffLines } from "@/server/domain/prompt/text-diff";

export function VersionsCard({ postmortem }: { postmortem: Postmortem }): ReactNode {
  const trpc = useTRPC();
  const { id: incidentId, application } = postmortem.incident;
  const [compared, setCompared] = useState<number | null>(null);
  const query = useQuery(trpc.postmortems.versions.queryOptions({ incidentId }));
  return (
    <Card title="Versions" note="none is ever overwritten" flush>
      <QueryState query={query} name="Versions">
        {({ items }) =>
          items.length === 0 ? (
            <p className="px-3 py-3 text-muted">None yet: what is shown is generated anew from the record.</p>
          ) : (
            <ul className="divide-y divide-hairline">
              {items.map(({ version, status, at, by, note, auditSeq }) => (
                <li key={version} className="flex flex-wrap items-baseline gap-x-2 gap-y-1 px-3 py-2">
                  <Link
                    href={`${postmortemPath(application, incidentId)}?version=${version}`}
                    className="quiet-link font-medium"
                  >
                    Version {version}
                  </Link>
                  <span className="text-muted">
                    {status.replaceAll("_", " ")}, {by.label}, <Time at={at} short /> ·{" "}
                    <Link href={auditEntryPath(application, auditSeq)} className="quiet-link">
                      #{auditSeq}
                    </Link>
                  </span>
                  {note !== null && <span className="w-full text-sm text-muted">{note}</span>}
                  {version > 1 && (
                    <Button size="small" className="ml-auto" onClick={() => setCompared(version)}>
                      What it changed<span className="sr-only"> against version {version - 1}</span>
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </QueryState>
      {compared !== null && <Comparison incidentId={incidentId} version={compared} onClose={() => setCompared(null)} />}
    </Card>
  );
}

function Comparison(props: { incidentId: string; version: number; onClose: () => void }): ReactNode {
  const { incidentId, version, onClose } = props;
  const trpc = useTRPC();
  const before = useQuery(trpc.postmortems.get.queryOptions({ incidentId, version: version - 1 }));
  const after = useQuery(trpc.postmortems.get.queryOptions({ incidentId, version }));
  return (
    <Dialog open wide onClose={onClose} title={`Version ${version} against version ${version - 1}`}>
      <QueryState query={before} name={`Version ${version - 1}`}>
        {(old) => (
          <QueryState query={after} name={`Version ${version}`}>
            {(now) => <Differences before={old} after={now} />}
          </QueryState>
        )}
      </QueryState>
    </Dialog>
  );
}

function Differences({ before, after }: { before: Postmortem; after: Postmortem }): ReactNode {
  const old = new Map(before.sections.map(({ id, markdown }) => [id, markdown]));
  const changed = after.sections.filter(({ id, markdown }) => markdown !== (old.get(id) ?? ""));
  return (
    <div className="flex flex-col gap-4">
      {before.status !== after.status && (
        <p>
          It went from {before.status.replaceAll("_", " ")} to {after.status.replaceAll("_", " ")}.
        </p>
      )}
      {changed.length === 0 && <p className="text-muted">The text is the same.</p>}
      {changed.map(({ id, title, markdown }) => (
        <section key={id} className="flex flex-col gap-1">
          <h3 className="font-semibold">{title}</h3>
          <TextDiff label={`Changes of ${title}`} lines={diffLines(old.get(id) ?? "", markdown)} />
        </section>
      ))}
    </div>
  );
}
