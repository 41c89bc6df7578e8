"use client";
/** Chooses two releases to compare where no rollout runs. */
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import type { ReleaseListItem } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { Button } from "@/components/ui/button";
import { SelectField } from "@/components/ui/field";
import { EmptyState } from "@/components/ui/states";
import { SHORT_ID_LENGTH } from "@/components/ui/short-id";

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
          <PickerForm releases={page.items} onChoose={onChoose} />
        )
      }
    </QueryState>
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
    <div className="mx-auto flex max-w-2xl flex-col gap-4 py-6">
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
