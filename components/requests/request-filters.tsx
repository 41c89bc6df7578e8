"use client";
/** The search above the list, and the filters that hold, each with its way out. A pasted id opens what it names. */
import { useRouter } from "next/navigation";
import { useState, type ReactNode } from "react";
import type { RequestFacets } from "@/components/data/outputs";
import { Button } from "@/components/ui/button";
import { useNow } from "@/components/ui/clock";
import { TextField } from "@/components/ui/field";
import { formatUtc } from "@/components/ui/format-time";
import type { RequestParams } from "./request-parsers";
import { searchOf } from "./request-search";

interface RequestFiltersProps {
  application: string;
  params: RequestParams;
  facets: RequestFacets["facets"];
  onParams: (change: Partial<RequestParams> | null) => void;
}

function Search({ application, facets, onParams }: Omit<RequestFiltersProps, "params">): ReactNode {
  const router = useRouter();
  const nowMs = useNow(60_000);
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (): void => {
    const found = searchOf(text, { application, nowMs, facets });
    if ("problem" in found) {
      setProblem(found.problem);
      return;
    }
    if ("href" in found) router.push(found.href);
    else onParams(found.filter);
    setText("");
  };
  return (
    <search>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== "") submit();
        }}
      >
        <TextField
          label="Find"
          hint="a request or trace id, a time, values and key:value pairs, e.g. 03:50 us-west status:error"
          value={text}
          error={problem}
          onChange={(event) => {
            setText(event.target.value);
            setProblem(null);
          }}
          autoComplete="off"
          spellCheck={false}
        />
      </form>
    </search>
  );
}

const NAMES: Readonly<Record<keyof RequestParams, string>> = {
  releaseId: "release",
  track: "track",
  status: "status",
  from: "from",
  to: "before",
  segment: "",
  traceId: "trace",
  subject: "subject",
};

function wordsOf(key: keyof RequestParams, value: string): string {
  const atMs = key === "from" || key === "to" ? Date.parse(value) : Number.NaN;
  return Number.isFinite(atMs) ? formatUtc(atMs, "second") : value;
}

export function RequestFilters({ application, params, facets, onParams }: RequestFiltersProps): ReactNode {
  const chips = Object.entries(params).filter(([, value]) => value !== null) as [keyof RequestParams, string][];
  return (
    <div className="flex flex-col gap-2">
      <Search application={application} facets={facets} onParams={onParams} />
      {chips.length > 0 && (
        <ul aria-label="Filters" className="flex flex-wrap items-center gap-2">
          {chips.map(([key, value]) => (
            <li key={key}>
              <Button
                size="small"
                aria-label={`Remove the filter ${NAMES[key]} ${wordsOf(key, value)}`}
                onClick={() => onParams({ [key]: null })}
              >
                {NAMES[key] !== "" && <span className="text-muted">{NAMES[key]}</span>}
                <span className="break-all">{wordsOf(key, value)}</span>
                <span aria-hidden="true">×</span>
              </Button>
            </li>
          ))}
          <li>
            <Button size="small" kind="ghost" onClick={() => onParams(null)}>
              Clear
            </Button>
          </li>
        </ul>
      )}
    </div>
  );
}
