"use client";
/** What a manifest is compared with: the last known good release, or another that the reader chooses. */
import { keepPreviousData, skipToken, useQuery } from "@tanstack/react-query";
import { useQueryState } from "nuqs";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { failureOf } from "@/components/data/failure";
import type { ComponentChange, ReleaseDiff, ReleaseRef } from "@/components/data/outputs";
import { Card } from "@/components/ui/card";
import { SelectField } from "@/components/ui/field";
import { SHORT_ID_LENGTH } from "@/components/ui/short-id";
import { Notice } from "@/components/ui/states";
import { ReleaseId } from "@/components/vocabulary/release";
import { baselineParser } from "./release-parsers";

/** Newest releases that can be chosen. */
const CHOICES = 50;

/** What the manifest is compared with while the reader has chosen nothing. */
interface KnownGood {
  release: ReleaseRef;
  changes: readonly ComponentChange[];
}

/** The release that the reader has chosen, as the address bar holds it; null: the last known good one. */
export function useBaseline(): [string | null, (releaseId: string | null) => void] {
  const [baseline, setBaseline] = useQueryState("baseline", baselineParser);
  return [baseline, (releaseId) => void setBaseline(releaseId)];
}

function changesOf({ added, removed, changed }: ReleaseDiff): ComponentChange[] {
  return [
    ...changed,
    ...added.map(({ kind, to }) => ({ kind, from: null, to })),
    ...removed.map(({ kind, from }) => ({ kind, from, to: null })),
  ];
}

interface ManifestCardProps {
  title: string;
  application: string;
  releaseId: string;
  /** Null when nothing was known good. */
  knownGood: KnownGood | null;
  /** `last known good before this request`. */
  knownGoodWords: string;
  /** Draws the components with what changed against the baseline. */
  children: (changes: readonly ComponentChange[]) => ReactNode;
}

export function ManifestCard(props: ManifestCardProps): ReactNode {
  const { title, application, releaseId, knownGood, knownGoodWords, children } = props;
  const trpc = useTRPC();
  const [baseline, setBaseline] = useBaseline();
  const diff = useQuery({
    ...trpc.releases.diff.queryOptions(baseline === null ? skipToken : { releaseId: baseline, otherId: releaseId }),
    placeholderData: keepPreviousData,
  });
  const against = baseline ?? knownGood?.release.releaseId;
  const changes = baseline === null ? knownGood?.changes : diff.data === undefined ? [] : changesOf(diff.data);
  return (
    <Card
      title={title}
      note={
        against === undefined ? (
          "nothing was known good before"
        ) : (
          <>
            against <ReleaseId application={application} releaseId={against} />
            {baseline === null && `, ${knownGoodWords}`}
          </>
        )
      }
      actions={
        <BaselineChoice {...{ application, releaseId, knownGood }} value={baseline ?? ""} onChoose={setBaseline} />
      }
      flush
    >
      {diff.error !== null && (
        <div className="p-3">
          <Notice tone="review">{failureOf(diff.error).detail}</Notice>
        </div>
      )}
      {children(changes ?? [])}
    </Card>
  );
}

function BaselineChoice(
  props: Pick<ManifestCardProps, "application" | "releaseId" | "knownGood"> & {
    value: string;
    onChoose: (releaseId: string | null) => void;
  },
): ReactNode {
  const { application, releaseId, knownGood, value, onChoose } = props;
  const trpc = useTRPC();
  const page = useQuery({
    ...trpc.releases.list.queryOptions({ application, limit: CHOICES }),
    staleTime: 60_000,
  });
  const others = (page.data?.items ?? [])
    .map(({ release }) => release)
    .filter((release) => release.releaseId !== releaseId && release.releaseId !== knownGood?.release.releaseId);
  const known = others.some((release) => release.releaseId === value);
  const options = [
    { value: "", label: knownGood === null ? "nothing" : "last known good" },
    ...(value === "" || known ? [] : [{ value, label: value.slice(0, SHORT_ID_LENGTH) }]),
    ...others.map((release) => ({
      value: release.releaseId,
      label: [release.releaseId.slice(0, SHORT_ID_LENGTH), release.label].filter(Boolean).join(" · "),
    })),
  ];
  return (
    <SelectField
      label="Baseline"
      hideLabel
      aria-keyshortcuts="b"
      className="max-w-56"
      options={options}
      value={value}
      onValueChange={(chosen) => onChoose(chosen === "" ? null : chosen)}
    />
  );
}
