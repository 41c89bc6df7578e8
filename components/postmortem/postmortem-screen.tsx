"use client";
/** The review of an incident: the record's draft, what people made of it, its evidence, versions and actions. */
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import type { Postmortem } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { FrozenChart } from "@/components/incidents/frozen-chart";
import { Card } from "@/components/ui/card";
import { formatDuration } from "@/components/ui/format";
import { Sentence } from "@/components/ui/sentence";
import { Notice } from "@/components/ui/states";
import { StatusBadge } from "@/components/ui/status-badge";
import { Time } from "@/components/ui/time";
import { incidentPath, postmortemPath } from "@/components/vocabulary/paths";
import { ActionsCard } from "./actions-card";
import { PostmortemBar } from "./postmortem-bar";
import { PostmortemConflict } from "./postmortem-conflict";
import { PostmortemSection } from "./postmortem-section";
import { usePostmortemEditor } from "./use-postmortem-editor";
import { VersionsCard } from "./versions-card";

export function PostmortemScreen(props: { incidentId: string; version?: number }): ReactNode {
  const trpc = useTRPC();
  const query = useQuery({ ...trpc.postmortems.get.queryOptions(props), ...useLiveQuery() });
  return (
    <QueryState query={query} name="The postmortem">
      {(postmortem) => <PostmortemContent postmortem={postmortem} isOld={props.version !== undefined} />}
    </QueryState>
  );
}

const STATUSES = {
  draft: { status: "neutral", word: "Draft" },
  in_review: { status: "running", word: "In review" },
  published: { status: "pass", word: "Published" },
} as const;

/** @param props.isOld an older version is shown as it was, and cannot be changed. */
function PostmortemContent(props: { postmortem: Postmortem; isOld: boolean }): ReactNode {
  const { postmortem, isOld } = props;
  const { incident } = postmortem;
  const editor = usePostmortemEditor(postmortem);
  const canEdit = !isOld && postmortem.status !== "published";
  return (
    <div className="flex flex-col gap-4">
      <Sentence tone="neutral" note={<Provenance postmortem={postmortem} />}>
        {`Postmortem: ${incident.title}`}
      </Sentence>
      {isOld && (
        <Notice tone="info">
          This is version {postmortem.version} as it was.{" "}
          <Link href={postmortemPath(incident.application, incident.id)} className="quiet-link">
            Read the newest one
          </Link>
        </Notice>
      )}
      <PostmortemBar postmortem={postmortem} editor={editor} canEdit={canEdit} isOld={isOld} />
      <PostmortemConflict postmortem={postmortem} editor={editor} />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1.6fr)_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          {postmortem.sections.map((section) => (
            <PostmortemSection
              key={section.id}
              section={section}
              citations={postmortem.citations}
              editor={editor}
              canEdit={canEdit}
            />
          ))}
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Clocks postmortem={postmortem} />
          <ActionsCard postmortem={postmortem} />
          <Evidence postmortem={postmortem} />
          <VersionsCard postmortem={postmortem} />
        </div>
      </div>
    </div>
  );
}

function Provenance({ postmortem }: { postmortem: Postmortem }): ReactNode {
  const { incident, status, version, savedAt, savedBy } = postmortem;
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <StatusBadge status={STATUSES[status].status}>{STATUSES[status].word}</StatusBadge>
      {savedAt === null ? (
        <span>written by the record; nobody has saved a version yet</span>
      ) : (
        <span>
          version {version}, saved by {savedBy?.label ?? "somebody"} <Time at={savedAt} short />
        </span>
      )}
      <Link href={incidentPath(incident.application, incident.id)} className="quiet-link">
        The incident
      </Link>
    </span>
  );
}

const CLOCKS: Readonly<Record<Postmortem["clocks"][number]["name"], string>> = {
  started: "Started",
  detected: "Detected",
  decided: "Decided",
  communicated: "Communicated",
  mitigated: "Mitigated",
  drained: "Drained",
  resolved: "Resolved",
};

function Clocks({ postmortem }: { postmortem: Postmortem }): ReactNode {
  return (
    <Card title="Clocks" note="computed, never typed" flush>
      <dl className="divide-y divide-hairline">
        {postmortem.clocks.map(({ name, at, sinceStartMs, how }) => (
          <div key={name} className="grid grid-cols-[7rem_minmax(0,1fr)] gap-x-3 px-3 py-1.5">
            <dt className="text-muted">{CLOCKS[name]}</dt>
            <dd>
              {at === null ? (
                <span className="text-muted">{name === "started" ? "nobody knows" : "not yet"}</span>
              ) : (
                <>
                  <Time at={at} precision="second" short />
                  {name !== "started" && sinceStartMs !== null && ` · ${formatDuration(sinceStartMs)} after the start`}
                </>
              )}
              <span className="block text-sm text-muted">{how}</span>
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

/** The charts and everything that the text cites, readable when what they show is gone. */
function Evidence({ postmortem }: { postmortem: Postmortem }): ReactNode {
  const { charts, citations } = postmortem;
  return (
    <Card title="Evidence" note={`${charts.length} charts, ${citations.length} citations`}>
      <div className="flex flex-col gap-5">
        {charts.map((chart) => (
          <FrozenChart key={`${chart.metric}-${chart.segment ?? ""}`} chart={chart} height={180} />
        ))}
        <details>
          <summary className="cursor-pointer font-medium">What the text cites</summary>
          <ul className="mt-2 flex flex-col gap-1.5 text-sm">
            {citations.map(({ id, label, text, href }) => (
              <li key={id} className="break-words">
                {href === null ? (
                  <code>{label}</code>
                ) : (
                  <Link href={href} className="quiet-link font-mono">
                    {label}
                  </Link>
                )}{" "}
                <span className="text-muted">{text}</span>
              </li>
            ))}
          </ul>
        </details>
      </div>
    </Card>
  );
}
