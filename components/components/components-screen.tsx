"use client";
/** Every component of an application: how many versions it has, which is newest, which serve now. */
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { parseAsString, useQueryState } from "nuqs";
import type { ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import type { ComponentNames } from "@/components/data/outputs";
import { QueryState } from "@/components/data/query-state";
import { TextField } from "@/components/ui/field";
import { formatCount } from "@/components/ui/format";
import { ScrollArea } from "@/components/ui/scroll-area";
import { EmptyState } from "@/components/ui/states";
import { Table, type Column } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { componentPath } from "@/components/vocabulary/paths";
import { parseReference } from "@/server/domain/release/component-map";

type Item = ComponentNames["items"][number];

/** A version in what was typed narrows nothing: it is chosen on the component's page. */
export function wantedOf(typed: string): { words: string; version: string | undefined } {
  const [last = ""] = typed.trim().split(/\s+/).slice(-1);
  const parsed = parseReference(last);
  const words = parsed === undefined ? typed : typed.replace(last, parsed.name);
  return { words: words.trim().toLowerCase(), version: parsed?.version };
}

export function ComponentsScreen({ application }: { application: string }): ReactNode {
  const trpc = useTRPC();
  const [text, setText] = useQueryState("q", parseAsString.withDefault(""));
  const query = useQuery(trpc.components.names.queryOptions({ application }));
  const { words, version } = wantedOf(text);
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-end gap-3">
        <h1 className="flex-1 text-xl font-semibold max-sm:basis-full">Components</h1>
        <TextField
          label="Kind and name"
          placeholder="prompt deploy@2.4.1"
          value={text}
          onChange={(event) => void setText(event.target.value === "" ? null : event.target.value)}
          autoComplete="off"
          spellCheck={false}
        />
      </div>
      <QueryState query={query} name="Components">
        {({ sentence, items }) => {
          const rows = items.filter(({ kind, name }) => `${kind} ${name}`.toLowerCase().includes(words));
          return (
            <>
              <p className="text-md">{sentence}</p>
              {rows.length > 0 ? (
                <ComponentTable application={application} rows={rows} version={version} />
              ) : (
                <NoComponents application={application} typed={items.length === 0 ? "" : text} />
              )}
            </>
          );
        }}
      </QueryState>
    </div>
  );
}

function NoComponents({ application, typed }: { application: string; typed: string }): ReactNode {
  if (typed !== "") return <EmptyState title="No component matches">Nothing here is called “{typed}”.</EmptyState>;
  return (
    <EmptyState
      title="No component is known"
      command={`switchback release register -f manifest.yaml   # with application: ${application}`}
    >
      Components come with the releases that contain them. A pipeline may also register a version by itself, with its
      digest, address and settings.
    </EmptyState>
  );
}

function ComponentTable(props: { application: string; rows: readonly Item[]; version: string | undefined }): ReactNode {
  const { application, rows, version } = props;
  const columns: Column<Item>[] = [
    { key: "kind", header: "Kind", cell: ({ kind }) => kind },
    {
      key: "name",
      header: "Name",
      lead: true,
      cell: ({ kind, name }) => (
        <Link
          href={componentPath(application, { kind, name, version })}
          data-row-link=""
          className="quiet-link font-mono break-all"
        >
          {name}
        </Link>
      ),
    },
    {
      key: "serving",
      header: "Serving now",
      cell: ({ serving }) =>
        serving.length === 0 ? (
          <span className="text-muted">nowhere</span>
        ) : (
          serving.map((each) => `${each.version} on ${each.alias}`).join(", ")
        ),
    },
    { key: "versions", header: "Versions", align: "right", cell: ({ versions }) => formatCount(versions) },
    {
      key: "newest",
      header: "Newest",
      cell: ({ newest }) => (
        <>
          <code>{newest.version}</code> <span className="text-muted">since</span> <Time at={newest.at} short relative />
        </>
      ),
    },
  ];
  return (
    <ScrollArea label="Components" className="rounded-md border border-hairline">
      <Table caption="Components" columns={columns} rows={rows} rowKey={({ kind, name }) => `${kind} ${name}`} />
    </ScrollArea>
  );
}
