"use client";
/** The values that the list can be narrowed by, with their counts; chosen ones are pressed. */
import { useQuery } from "@tanstack/react-query";
import { useId, type ReactNode } from "react";
import { useTRPC } from "@/components/data/api-provider";
import type { RequestFacets } from "@/components/data/outputs";
import { classNames } from "@/components/ui/class-names";
import { formatCount } from "@/components/ui/format";
import { SHORT_ID_LENGTH } from "@/components/ui/short-id";
import { facetsInput, type RequestParams } from "./request-parsers";
import { filterOf } from "./request-search";

type Facet = RequestFacets["facets"][number];

const TITLES: Readonly<Record<string, string>> = { releaseId: "Release", track: "Track", status: "Status" };

/** The counts of the range in the address; undefined until they are there. */
export function useRequestFacets(application: string, params: RequestParams): RequestFacets | undefined {
  const trpc = useTRPC();
  return useQuery({ ...trpc.requests.facets.queryOptions(facetsInput(application, params)), staleTime: 15_000 }).data;
}

function isChosen({ key, isSegment }: Facet, value: string, params: RequestParams): boolean {
  if (isSegment) return params.segment === `${key}=${value}`;
  return { releaseId: params.releaseId, track: params.track, status: params.status }[key] === value;
}

function titleOf({ key }: Facet): string {
  return TITLES[key] ?? `${key.charAt(0).toUpperCase()}${key.slice(1).replaceAll("_", " ")}`;
}

interface FacetsProps {
  facets: RequestFacets["facets"];
  params: RequestParams;
  onParams: (change: Partial<RequestParams>) => void;
}

export function Facets({ facets, params, onParams }: FacetsProps): ReactNode {
  const id = useId();
  return (
    <div className="flex flex-col gap-4">
      {facets.map((facet) => (
        <section key={facet.key} aria-labelledby={`${id}${facet.key}`}>
          <h2 id={`${id}${facet.key}`} className="px-2 text-sm font-semibold text-muted">
            {titleOf(facet)}
          </h2>
          <ul className="mt-1 flex flex-col">
            {facet.values.map(({ value, count }) => {
              const chosen = isChosen(facet, value, params);
              const filter = filterOf(`${facet.key}=${value}`) ?? {};
              const cleared = Object.fromEntries(Object.keys(filter).map((name) => [name, null]));
              return (
                <li key={value}>
                  <button
                    type="button"
                    aria-pressed={chosen}
                    onClick={() => onParams(chosen ? cleared : filter)}
                    className={classNames(
                      "flex min-h-7 w-full items-center gap-2 rounded-sm px-2 text-left max-lg:min-h-11",
                      chosen ? "bg-info-bg font-medium text-info-fg" : "hover:bg-neutral-bg",
                    )}
                  >
                    <span className={classNames("min-w-0 flex-1 truncate", facet.key === "releaseId" && "font-mono")}>
                      {facet.key === "releaseId" ? value.slice(0, SHORT_ID_LENGTH) : value}
                    </span>
                    <span className="text-sm text-muted">{formatCount(count)}</span>
                  </button>
                </li>
              );
            })}
          </ul>
        </section>
      ))}
    </div>
  );
}
