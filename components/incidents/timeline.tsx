"use client";
/**
 * The timeline in two panes: the record, which writes itself and cannot be changed, and the story, which is what moved
 * things and what people added, as they tell it by now.
 */
import { useState, type ReactNode } from "react";
import type { IncidentDetail } from "@/components/data/outputs";
import { Card } from "@/components/ui/card";
import { SelectField } from "@/components/ui/field";
import { formatDuration } from "@/components/ui/format";
import { CorrectNoteDialog } from "./correct-note-dialog";
import {
  filterRecord,
  RECORD_FILTERS,
  storyOf,
  withGaps,
  type RecordFilter,
  type TimelineEntry,
} from "./timeline-model";
import { TimelineItem } from "./timeline-item";

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
  const [correcting, setCorrecting] = useState<TimelineEntry | null>(null);
  const entries = incident.timeline.toSorted((left, right) => Date.parse(left.at) - Date.parse(right.at));
  const record = filterRecord(entries, filter);
  const hidden = entries.length - record.length;
  return (
    <div className="grid items-start gap-4 xl:grid-cols-2">
      <Card title="Story" note="what moved things, and what people added" flush>
        <Entries entries={storyOf(entries)} incident={incident} onCorrect={setCorrecting} />
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
      {correcting?.noteId !== undefined && (
        <CorrectNoteDialog
          incidentId={incident.id}
          noteId={correcting.noteId}
          entry={correcting}
          onClose={() => setCorrecting(null)}
        />
      )}
    </div>
  );
}

interface EntriesProps {
  entries: readonly TimelineEntry[];
  incident: IncidentDetail;
  /** In the record. */
  onQuote?: (entry: TimelineEntry) => void;
  /** In the story. */
  onCorrect?: (entry: TimelineEntry) => void;
}

function Entries({ entries, incident, onQuote, onCorrect }: EntriesProps): ReactNode {
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
          <TimelineItem
            entry={entry}
            incident={incident}
            whole={onQuote === undefined}
            {...(onQuote === undefined ? {} : { onQuote })}
            {...(onCorrect === undefined ? {} : { onCorrect })}
          />
        </li>
      ))}
    </ol>
  );
}
