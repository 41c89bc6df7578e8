"use client";
/** Candidate against concurrent control: which two, then the answer in a sentence, then everything it rests on. */
import { keepPreviousData, skipToken, useQuery } from "@tanstack/react-query";
import { useQueryStates } from "nuqs";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import { useLiveQuery } from "@/components/data/live";
import { QueryState, useServerTimeOf } from "@/components/data/query-state";
import { LoadingState } from "@/components/ui/loading-state";
import { CompareContent } from "./compare-content";
import { compareInput, compareParsers } from "./compare-parsers";
import { ComparePicker } from "./compare-picker";

export function CompareScreen({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const [params, setParams] = useQueryStates(compareParsers, { history: "replace" });
  const input = compareInput(application, params);
  const overview = useQuery({ ...trpc.overview.get.queryOptions({ application }), enabled: input === null });
  const live = overview.data?.rollouts[0]?.rollout.id;
  // Without a choice the running rollout is what people come for.
  const effective = input ?? (live === undefined ? null : { rolloutId: live });
  const query = useQuery({
    ...trpc.compare.get.queryOptions(effective ?? skipToken),
    ...useLiveQuery(),
    placeholderData: keepPreviousData,
  });
  useServerTimeOf(query.data?.freshness.asOf);
  if (effective === null) {
    if (overview.isPending) return <LoadingState label="Compare is loading" />;
    return <ComparePicker application={application} onChoose={(pair) => void setParams(pair)} />;
  }
  return (
    <QueryState query={query} name="Compare">
      {(compare) => <CompareContent compare={compare} params={params} onParams={(change) => void setParams(change)} />}
    </QueryState>
  );
}
