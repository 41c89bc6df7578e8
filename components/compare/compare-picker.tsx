"use client";
/** Chooses two releases to compare where no rollout runs. */
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import type { ReleaseListItem } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { Button } from "@/components/ui/button";
import { SelectField } from "@/components/ui/field";
import { EmptyState } from "@/components/ui/states";
import { SHORT_ID_LENGTH } from "@/components/ui/short-id";
import { Time } from "@/components/ui/time";
import { comparePath } from "@/components/vocabulary/paths";
import { RolloutStateBadge } from "@/components/vocabulary/states";

interface ComparePickerProps {
  application: string;
  onChoose: (pair: { candidate: string; control: string }) => void;
}

export function ComparePicker({ application, onChoose }: ComparePickerProps): ReactNode {
  const trpc = useTRPC();
  const query = useQuery(trpc.releases.list.queryOptions({ application, limit: 100 }));
  return (
    <QueryState query={query} name="Releases">
      {(page) =>
        page.items.length < 2 ? (
          <EmptyState
            title="Nothing to compare yet"
            command={`switchback rollout start --application ${application} --alias production --candidate RELEASE_ID`}
          >
            A comparison needs two releases. Register another one and start its rollout: its candidate is compared with
            what production serves at the same time.
          </EmptyState>
        ) : (
          <div className="mx-auto flex max-w-2xl flex-col gap-6 py-6">
            <PickerForm releases={page.items} onChoose={onChoose} />
            <LastRollouts application={application} />
          </div>
        )
      }
    </QueryState>
  );
}

/** After a rollback nothing runs any more, and its comparison is what people come for. */
function LastRollouts({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const rollouts = useQuery(trpc.rollouts.list.queryOptions({ application, limit: 3 })).data?.items ?? [];
  if (rollouts.length === 0) return null;
  return (
    <section className="flex flex-col gap-2">
      <h2 className="text-md font-semibold">Or look at a rollout that has ended</h2>
      <ul className="divide-y divide-hairline rounded-md border border-hairline">
        {rollouts.map((rollout) => (
          <li key={rollout.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
            <Link
              href={comparePath(application, rollout.id)}
              className="quiet-link min-h-6 font-medium"
              data-row-link=""
            >
              {rollout.candidate.releaseId.slice(0, SHORT_ID_LENGTH)} to {rollout.alias}
            </Link>
            <RolloutStateBadge state={rollout.state} />
            <Time at={rollout.startedAt} short relative className="text-sm text-muted" />
          </li>
        ))}
      </ul>
    </section>
  );
}

function optionsOf(releases: readonly ReleaseListItem[]): { value: string; label: string }[] {
  return releases.map(({ release, aliases }) => ({
    value: release.releaseId,
    label: [release.releaseId.slice(0, SHORT_ID_LENGTH), release.label, ...aliases].filter(Boolean).join(" · "),
  }));
}

function PickerForm(props: {
  releases: readonly ReleaseListItem[];
  onChoose: ComparePickerProps["onChoose"];
}): ReactNode {
  const options = optionsOf(props.releases);
  const serving = props.releases.find((item) => item.state === "serving")?.release.releaseId;
  const newest = props.releases.find((item) => item.release.releaseId !== serving)?.release.releaseId;
  const [candidate, setCandidate] = useState(newest ?? "");
  const [control, setControl] = useState(serving ?? options.at(-1)?.value ?? "");
  return (
    <div className="flex flex-col gap-4">
      <h1 className="text-xl font-semibold">No rollout is running. Choose two releases to compare.</h1>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (candidate !== control) props.onChoose({ candidate, control });
        }}
      >
        <SelectField label="Candidate" options={options} value={candidate} onValueChange={setCandidate} />
        <SelectField label="Control" options={options} value={control} onValueChange={setControl} />
        <div>
          <Button
            type="submit"
            kind="primary"
            disabledReason={candidate === control ? "Choose two different releases" : null}
          >
            Compare
          </Button>
        </div>
      </form>
    </div>
  );
}
