/** The prompts of the branch. */
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { AddressState } from "@/components/data/address-state";
import { Prefetched } from "@/components/data/prefetched";
import { compareInput, loadPromptParams } from "@/components/prompts/prompt-parsers";
import { PromptsScreen } from "@/components/prompts/prompts-screen";
import { sectionPath } from "@/components/vocabulary/paths";
import { api } from "@/server/api/rsc";

export const metadata: Metadata = { title: "Prompts" };

interface PageProps {
  params: Promise<{ application: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export default async function PromptsPage({ params, searchParams }: PageProps): Promise<ReactNode> {
  const { application } = await params;
  const input = compareInput(application, loadPromptParams(await searchParams));
  return (
    <Prefetched
      caller={await api()}
      path={sectionPath(application, "prompts")}
      queries={(trpc) => [
        trpc.git.get.queryOptions({ application }),
        trpc.git.prompts.queryOptions({ application }),
        ...(input === null ? [] : [trpc.git.comparePrompts.queryOptions(input)]),
      ]}
    >
      <AddressState>
        <PromptsScreen application={application} />
      </AddressState>
    </Prefetched>
  );
}
