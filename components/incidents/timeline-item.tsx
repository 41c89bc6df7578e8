/** One entry of a timeline, in the record or as the story tells it. */
import Link from "next/link";
import type { ReactNode } from "react";
import type { IncidentDetail } from "@/components/data/outputs";
import { Button } from "@/components/ui/button";
import { Markdown } from "@/components/ui/markdown";
import { StatusGlyph, type Status } from "@/components/ui/status-glyph";
import { Time } from "@/components/ui/time";
import { AuditSeq } from "./incident-head";
import { PinnedEvidence } from "./pinned-evidence";
import type { TimelineEntry } from "./timeline-model";

const KINDS: Readonly<Record<TimelineEntry["kind"], { status: Status; word: string; className: string }>> = {
  opened: { status: "breach", word: "Opened", className: "text-breach" },
  alias_move: { status: "rolled_back", word: "Alias move", className: "text-breach" },
  decision: { status: "review", word: "Decision", className: "text-review" },
  approval: { status: "pass", word: "Approval", className: "text-muted" },
  pause: { status: "review", word: "Pause", className: "text-review" },
  alert: { status: "breach", word: "Alert", className: "text-breach" },
  git: { status: "neutral", word: "Git", className: "text-muted" },
  note: { status: "neutral", word: "Note", className: "text-muted" },
  correction: { status: "neutral", word: "Correction", className: "text-muted" },
  status: { status: "neutral", word: "Status", className: "text-muted" },
  drain: { status: "running", word: "Traffic", className: "text-info" },
  pin: { status: "neutral", word: "Pinned", className: "text-info" },
  role: { status: "neutral", word: "Lead", className: "text-muted" },
  postmortem: { status: "neutral", word: "Postmortem", className: "text-muted" },
};

interface TimelineItemProps {
  entry: TimelineEntry;
  incident: IncidentDetail;
  /** With what was pinned, whole. */
  whole: boolean;
  onQuote?: (entry: TimelineEntry) => void;
  onCorrect?: (entry: TimelineEntry) => void;
}

export function TimelineItem({ entry, incident, whole, onQuote, onCorrect }: TimelineItemProps): ReactNode {
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
            {entry.auditSeq !== null && <AuditSeq application={incident.application} seq={entry.auditSeq} />}
            {onCorrect !== undefined && entry.noteId !== undefined && (
              <>
                <Retold entry={entry} recorded={recordedOf(incident, entry)} />
                <Button size="small" kind="ghost" onClick={() => onCorrect(entry)}>
                  Correct
                  <span className="sr-only"> “{entry.text.slice(0, 80)}”</span>
                </Button>
              </>
            )}
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

/** The entry of the record that an entry of the story tells. */
function recordedOf(incident: IncidentDetail, { noteId }: TimelineEntry): TimelineEntry | undefined {
  return incident.timeline.find((entry) => entry.noteId === noteId);
}

/** Who corrected it and when, and when it was written where it is about another time. */
function Retold({ entry, recorded }: { entry: TimelineEntry; recorded: TimelineEntry | undefined }): ReactNode {
  const { told } = entry;
  if (told === undefined || recorded === undefined) return null;
  const isCorrected = told.writtenAt !== recorded.at;
  return (
    <>
      {told.at !== recorded.at && (
        <span>
          written <Time at={recorded.at} precision="second" short />
        </span>
      )}
      {isCorrected && (
        <span>
          corrected by {told.actor.label} <Time at={told.writtenAt} precision="second" short />
        </span>
      )}
    </>
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
