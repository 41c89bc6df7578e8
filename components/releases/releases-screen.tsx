"use client";
/** All releases of an application: what each changed, where it stands, what it serves. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { useState, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import type { Me, ReleaseListItem, ReleasePage } from "@/components/data/outputs";
import { PagedList } from "@/components/data/paged-list";
import { pagedOptions } from "@/components/data/paging";
import { useMe } from "@/components/data/use-me";
import { Button, ButtonLink } from "@/components/ui/button";
import { SelectField, TextField } from "@/components/ui/field";
import { formatCount } from "@/components/ui/format";
import { EmptyState, Notice } from "@/components/ui/states";
import { comparePairPath } from "@/components/vocabulary/paths";
import { releaseSearch, releasesInput } from "./release-parsers";
import { ReleaseTable } from "./release-table";

const VIEWS = ["serving", "in_flight", "rolled_back", "mine"] as const;

/** Whether a release is in a saved view; `mine` are those whose author is who reads. */
export function isOfView(
  { state, release }: ReleaseListItem,
  view: (typeof VIEWS)[number] | null,
  me: Pick<Me, "name"> | undefined,
): boolean {
  if (view === null) return true;
  return view === "mine" ? me !== undefined && release.author === me.name : state === view;
}

export function ReleasesScreen({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const [text, setText] = useQueryState("q", releaseSearch);
  const [view, setView] = useQueryState("view", parseAsStringLiteral(VIEWS));
  const me = useMe();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const query = useInfiniteQuery({
    ...pagedOptions((at) => trpc.releases.list.queryOptions({ ...releasesInput(application, text), ...at })),
    placeholderData: keepPreviousData,
  });
  const [candidate, control] = chosen;
  const toggle = (releaseId: string): void => {
    setChosen((before) =>
      before.includes(releaseId) ? before.filter((each) => each !== releaseId) : [...before, releaseId].slice(-2),
    );
  };
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-end gap-3">
        <h1 className="flex-1 text-xl font-semibold max-sm:basis-full">Releases</h1>
        <TextField
          label="Id, commit, author, label or component"
          value={text}
          onChange={(event) => void setText(event.target.value === "" ? null : event.target.value)}
          autoComplete="off"
          spellCheck={false}
        />
        <SelectField
          label="View"
          options={[{ value: "", label: "all" }, ...VIEWS.map((value) => ({ value, label: value.replace("_", " ") }))]}
          value={view ?? ""}
          onValueChange={(value) => void setView(VIEWS.find((each) => each === value) ?? null)}
        />
        {candidate !== undefined && control !== undefined && (
          <ButtonLink kind="primary" aria-keyshortcuts="c" href={comparePairPath(application, { candidate, control })}>
            Compare the two
          </ButtonLink>
        )}
      </div>
      {query.data?.pages[0] !== undefined && <Head page={query.data.pages[0]} />}
      <PagedList
        query={query}
        name="Releases"
        hold={{ list: `${application} ${text}`, keyOf: ({ release }) => release.releaseId }}
        empty={<NoReleases application={application} text={text} />}
      >
        {(items) => {
          const rows = items.filter((item) => isOfView(item, view, me));
          if (rows.length === 0) {
            return (
              <EmptyState
                title="No release matches"
                actions={<Button onClick={() => void setView(null)}>Show all</Button>}
              >
                None of the {formatCount(items.length)} loaded here is of this view.
              </EmptyState>
            );
          }
          return <ReleaseTable application={application} rows={rows} chosen={chosen} onToggle={toggle} />;
        }}
      </PagedList>
    </div>
  );
}

/** What serves, in a sentence; and what answers requests although nobody has registered it. */
function Head({ page }: { page: ReleasePage }): ReactNode {
  return (
    <>
      <p className="text-md">{page.sentence}</p>
      {page.unregistered.map((each) => (
        <Notice key={each.releaseId} tone="review">
          {formatCount(each.requests24h)} requests of the last 24 hours were served by <code>{each.releaseId}</code>, a
          release that nobody has registered.
        </Notice>
      ))}
    </>
  );
}

function NoReleases({ application, text }: { application: string; text: string }): ReactNode {
  if (text !== "") {
    return (
      <EmptyState title="No release matches">
        No id or commit begins with “{text}”, and no author, label or component contains it.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title="No release is registered"
      command={`switchback release register -f manifest.yaml   # with application: ${application}`}
    >
      A release is the whole list of what shapes an answer. Register it from your pipeline; the same list twice is one
      release.
    </EmptyState>
  );
}
