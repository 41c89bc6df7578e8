"use client";
/** Range, window and segment of the comparison, all in the address bar. */
import type { ReactNode } from "react";
import type { Compare } from "@/components/data/outputs";
import { Button } from "@/components/ui/button";
import { useNow } from "@/components/ui/clock";
import { SelectField } from "@/components/ui/field";
import { formatRangeUtc } from "@/components/ui/format-time";
import type { CompareParams } from "./compare-parsers";

interface CompareControlsProps {
  compare: Compare;
  params: CompareParams;
  onParams: (change: Partial<CompareParams>) => void;
}

const WINDOWS = [
  { value: "", label: "as the policy says" },
  { value: "300000", label: "5 min" },
  { value: "900000", label: "15 min" },
  { value: "1800000", label: "30 min" },
  { value: "3600000", label: "60 min" },
];

const RANGES = [
  { value: "", label: "the rollout, or the last hour" },
  { value: "3600000", label: "last hour" },
  { value: "10800000", label: "last 3 hours" },
  { value: "43200000", label: "last 12 hours" },
  { value: "86400000", label: "last 24 hours" },
];

/** The range moved by half its length, as the address bar holds it. */
function shifted(range: Compare["range"], direction: 1 | -1): { from: string; to: string } {
  const fromMs = Date.parse(range.from);
  const toMs = Date.parse(range.to);
  const half = ((toMs - fromMs) / 2) * direction;
  return { from: new Date(fromMs + half).toISOString(), to: new Date(toMs + half).toISOString() };
}

export function CompareControls({ compare, params, onParams }: CompareControlsProps): ReactNode {
  const nowMs = useNow(60_000);
  const { range } = compare;
  const segments = compare.segments.map(({ segment, value }) => `${segment}=${value}`);
  const chosen = params.segment;
  const options = chosen === null || segments.includes(chosen) ? segments : [...segments, chosen];
  return (
    <div className="grid grid-cols-2 items-end gap-3 sm:flex sm:flex-wrap">
      <SelectField
        label="Range"
        className="max-sm:col-span-2"
        options={params.from === null ? RANGES : [{ value: "kept", label: "from the address" }, ...RANGES]}
        value={params.from === null ? "" : "kept"}
        onValueChange={(value) => {
          if (value === "kept") return;
          const span = Number(value);
          onParams(
            span === 0
              ? { from: null, to: null }
              : { from: new Date(nowMs - span).toISOString(), to: new Date(nowMs).toISOString() },
          );
        }}
      />
      <SelectField
        label="Window"
        options={WINDOWS}
        value={params.windowMs === null ? "" : String(params.windowMs)}
        onValueChange={(value) => onParams({ windowMs: value === "" ? null : Number(value) })}
      />
      <SelectField
        label="Segment"
        options={[{ value: "", label: "all requests" }, ...options.map((each) => ({ value: each, label: each }))]}
        value={chosen ?? ""}
        onValueChange={(value) => onParams({ segment: value === "" ? null : value })}
      />
      <div className="flex min-h-8 flex-wrap items-center gap-2 max-sm:col-span-2">
        <Button size="small" aria-label="Earlier by half the range" onClick={() => onParams(shifted(range, -1))}>
          ←
        </Button>
        <span className="text-sm text-muted">
          {formatRangeUtc(Date.parse(range.from), Date.parse(range.to), nowMs)}
        </span>
        <Button size="small" aria-label="Later by half the range" onClick={() => onParams(shifted(range, 1))}>
          →
        </Button>
      </div>
    </div>
  );
}
