"use client";
/**
 * The timeline in two panes: the record, which writes itself and cannot be changed, and the story, which is what moved
 * things and what people added.
 */
import Link from "next/link";
import { useState, type ReactNode } from "react";
import type { IncidentDetail } from "@/components/data/outputs";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { SelectField } from "@/components/ui/field";
import { formatDuration } from "@/components/ui/format";
import { Markdown } from "@/components/ui/markdown";
import { StatusGlyph, type Status } from "@/components/ui/status-glyph";
import { Time } from "@/components/ui/time";
import { AuditSeq } from "./incident-head";
import { PinnedEvidence } from "./pinned-evidence";
import {
  filterRecord,
  RECORD_FILTERS,
  storyOf,
  withGaps,
  type RecordFilter,
  type TimelineEntry,
} from "./timeline-model";

const KINDS: Readonly<Record<TimelineEntry["kind"], { status: Status; word: string; className: string }>> = {
  opened: { status: "breach", word: "Opened", className: "text-breach" },
  alias_move: { status: "rolled_back", word: "Alias move", className: "text-breach" },
  decision: { status: "review", word: "Decision", className: "text-review" },
  approval: { status: "pass", word: "Approval", className: "text-muted" },
  pause: { status: "review", word: "Pause", className: "text-review" },
  alert: { status: "breach", word: "Alert", className: "text-breach" },
  git: { status: "neutral", word: "Git", className: "text-muted" },
  note: { status: "neutral", word: "Note", className: "text-muted" },
  status: { status: "neutral", word: "Status", className: "text-muted" },
  drain: { status: "running", word: "Traffic", className: "text-info" },
  pin: { status: "neutral", word: "Pinned", className: "text-info" },
  role: { status: "neutral", word: "Lead", className: "text-muted" },
  postmortem: { status: "neutral", word: "Postmortem", className: "text-muted" },
};

const FILTER_WORDS: Readonly<Record<RecordFilter, string>> = {
  all: "everything",
  acts: "what was done",
  decisions: "decisions",
  people: "people",
  signals: "alerts and traffic",
};

interface TimelineProps {
  incident: IncidentDetail;
  /** Starts a note that quotes the entry. */
  onQuote: (entry: TimelineEntry) => void;
}

export function Timeline({ incident, onQuote }: TimelineProps): ReactNode {
  const [filter, setFilter] = useState<RecordFilter>("all");
  const entries = incident.timeline.toSorted((left, right) => Date.parse(left.at) - Date.parse(right.at));
  const record = filterRecord(entries, filter);
  const hidden = entries.length - record.length;
  return (
    <div className="grid items-start gap-4 xl:grid-cols-2">
      <Card title="Story" note="what moved things, and what people added" flush>
        <Entries entries={storyOf(entries)} incident={incident} />
      </Card>
      <Card
        title="Record"
        note={hidden === 0 ? "as it happened; it cannot be changed" : `${hidden} hidden by the filter`}
        actions={
          <SelectField
            label="Show in the record"
            hideLabel
            options={RECORD_FILTERS.map((value) => ({ value, label: FILTER_WORDS[value] }))}
            value={filter}
            onValueChange={(value) => setFilter(RECORD_FILTERS.find((each) => each === value) ?? "all")}
          />
        }
        flush
      >
        <Entries entries={record} incident={incident} onQuote={onQuote} />
      </Card>
    </div>
  );
}

interface EntriesProps {
  entries: readonly TimelineEntry[];
  incident: IncidentDetail;
  onQuote?: (entry: TimelineEntry) => void;
}

function Entries({ entries, incident, onQuote }: EntriesProps): ReactNode {
  if (entries.length === 0) return <p className="px-3 py-3 text-muted">Nothing of this kind is recorded.</p>;
  return (
    <ol>
      {withGaps(entries).map(({ entry, gapMs }, index) => (
        <li key={`${entry.at}-${entry.kind}-${index}`}>
          {gapMs > 0 && (
            <p className="border-y border-dashed border-hairline bg-surface px-3 py-1 text-center text-sm text-muted">
              {formatDuration(gapMs)} later
            </p>
          )}
          <Item
            entry={entry}
            application={incident.application}
            whole={onQuote === undefined}
            {...(onQuote === undefined ? {} : { onQuote })}
          />
        </li>
      ))}
    </ol>
  );
}

interface ItemProps {
  entry: TimelineEntry;
  application: string;
  /** With what was pinned, whole. */
  whole: boolean;
  onQuote?: (entry: TimelineEntry) => void;
}

function Item({ entry, application, whole, onQuote }: ItemProps): ReactNode {
  const { status, word, className } = KINDS[entry.kind];
  return (
    <div className="grid gap-x-3 gap-y-0.5 px-3 py-2 sm:grid-cols-[6.5rem_minmax(0,1fr)]">
      <Time at={entry.at} precision="second" short className="text-muted" />
      <div className="flex min-w-0 gap-2">
        <StatusGlyph status={status} className={`mt-1.25 ${className}`} />
        <div className="min-w-0 flex-1">
          <Text entry={entry} whole={whole} />
          <p className="flex flex-wrap items-center gap-x-1.5 text-sm text-muted">
            <span>
              {word} · {entry.actor.label}
            </span>
            {entry.auditSeq !== null && <AuditSeq application={application} seq={entry.auditSeq} />}
            {onQuote !== undefined && (
              <Button size="small" kind="ghost" onClick={() => onQuote(entry)}>
                + Tell it
                <span className="sr-only">: quote “{entry.text.slice(0, 80)}” in a note</span>
              </Button>
            )}
          </p>
          {whole && entry.evidence != null && <PinnedEvidence evidence={entry.evidence} />}
        </div>
      </div>
    </div>
  );
}

function Text({ entry, whole }: { entry: TimelineEntry; whole: boolean }): ReactNode {
  if (entry.kind === "note" && whole) return <Markdown>{entry.text}</Markdown>;
  if (entry.href === null) return <p className="break-words whitespace-pre-wrap">{entry.text}</p>;
  return (
    <p className="break-words whitespace-pre-wrap">
      <Link href={entry.href} className="hover:underline" data-row-link="">
        {entry.text}
      </Link>
    </p>
  );
}
