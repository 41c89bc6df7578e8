"use client";
/** The filters above the list. A pasted id opens its request; everything else narrows the list. */
import { useRouter } from "next/navigation";
import { useState, type ReactNode } from "react";
import { resolveText } from "@/components/shell/resolve-text";
import { Button } from "@/components/ui/button";
import { useNow } from "@/components/ui/clock";
import { SelectField, TextField } from "@/components/ui/field";
import type { RequestParams } from "./request-parsers";

interface RequestFiltersProps {
  application: string;
  params: RequestParams;
  onParams: (change: Partial<RequestParams> | null) => void;
}

const TRACK_NAMES = ["control", "canary", "shadow"] as const;
const STATUS_NAMES = ["ok", "error"] as const;

const KEYS: Readonly<Record<string, (value: string) => Partial<RequestParams>>> = {
  trace: (traceId) => ({ traceId }),
  traceId: (traceId) => ({ traceId }),
  subject: (subject) => ({ subject }),
  release: (releaseId) => ({ releaseId }),
  releaseId: (releaseId) => ({ releaseId }),
  track: (value) => ({ track: TRACK_NAMES.find((each) => each === value) ?? null }),
  status: (value) => ({ status: STATUS_NAMES.find((each) => each === value) ?? null }),
};

/** `region=us-west` narrows by segment, `trace:…` and `subject:…` by those; undefined for what is not `key:value`. */
export function filterOf(text: string): Partial<RequestParams> | undefined {
  const [, key, value] = /^([a-zA-Z_.]+)[:=](\S+)$/.exec(text.trim()) ?? [];
  if (key === undefined || value === undefined) return undefined;
  return KEYS[key]?.(value) ?? { segment: `${key}=${value}` };
}

function Search({ application, onParams }: Pick<RequestFiltersProps, "application" | "onParams">): ReactNode {
  const router = useRouter();
  const nowMs = useNow(60_000);
  const [text, setText] = useState("");
  const submit = (): void => {
    const filter = filterOf(text);
    const [destination] = resolveText(text, { application, nowMs });
    if (filter !== undefined) onParams(filter);
    else if (destination !== undefined) router.push(destination.href);
    setText("");
  };
  return (
    <search className="min-w-0 flex-1 basis-72">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <TextField
          label="Find"
          placeholder="request id, trace id, 03:50, region=us-west"
          value={text}
          onChange={(event) => setText(event.target.value)}
          autoComplete="off"
          spellCheck={false}
        />
      </form>
    </search>
  );
}

function choices(names: readonly string[]): { value: string; label: string }[] {
  return [{ value: "", label: "all" }, ...names.map((name) => ({ value: name, label: name }))];
}

export function RequestFilters({ application, params, onParams }: RequestFiltersProps): ReactNode {
  const chips = Object.entries(params).filter(
    ([key, value]) => value !== null && key !== "track" && key !== "status",
  ) as [keyof RequestParams, string][];
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-end gap-3">
        <Search application={application} onParams={onParams} />
        <SelectField
          label="Track"
          options={choices(TRACK_NAMES)}
          value={params.track ?? ""}
          onValueChange={(value) => onParams({ track: TRACK_NAMES.find((each) => each === value) ?? null })}
        />
        <SelectField
          label="Status"
          options={choices(STATUS_NAMES)}
          value={params.status ?? ""}
          onValueChange={(value) => onParams({ status: STATUS_NAMES.find((each) => each === value) ?? null })}
        />
      </div>
      {chips.length > 0 && (
        <ul aria-label="Filters" className="flex flex-wrap items-center gap-2">
          {chips.map(([key, value]) => (
            <li key={key}>
              <Button
                size="small"
                aria-label={`Remove the filter ${key} ${value}`}
                onClick={() => onParams({ [key]: null })}
              >
                <span className="text-muted">{key}</span>
                <span className="break-all">{value}</span>
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
