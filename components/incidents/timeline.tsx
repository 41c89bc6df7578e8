/** The timeline, in time order with seconds in UTC; long silences are said. Every entry names its source. */
import Link from "next/link";
import type { ReactNode } from "react";
import type { IncidentDetail } from "@/components/data/outputs";
import { Card } from "@/components/ui/card";
import { formatDuration } from "@/components/ui/format";
import { StatusGlyph, type Status } from "@/components/ui/status-glyph";
import { Time } from "@/components/ui/time";
import { auditEntryPath } from "@/components/vocabulary/paths";

type Entry = IncidentDetail["timeline"][number];

const KINDS: Readonly<Record<Entry["kind"], { status: Status; word: string; className: string }>> = {
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

/** Silences longer than this are written between entries, ms. */
const GAP_MS = 10 * 60_000;

export function Timeline({ incident }: { incident: IncidentDetail }): ReactNode {
  const entries = incident.timeline.toSorted((left, right) => Date.parse(left.at) - Date.parse(right.at));
  return (
    <Card title="Timeline" note="recorded as it happened" flush>
      {entries.length === 0 && <p className="px-3 py-3 text-muted">Nothing is recorded yet.</p>}
      <ol>
        {entries.map((entry, index) => {
          const previous = entries[index - 1];
          const gapMs = previous === undefined ? 0 : Date.parse(entry.at) - Date.parse(previous.at);
          return (
            <li key={`${entry.at}-${entry.kind}-${index}`}>
              {gapMs > GAP_MS && (
                <p className="border-y border-dashed border-hairline bg-surface px-3 py-1 text-center text-sm text-muted">
                  {formatDuration(gapMs)} later
                </p>
              )}
              <Item entry={entry} application={incident.application} />
            </li>
          );
        })}
      </ol>
    </Card>
  );
}

function Item({ entry, application }: { entry: Entry; application: string }): ReactNode {
  const { status, word, className } = KINDS[entry.kind];
  return (
    <div className="grid gap-x-3 gap-y-0.5 px-3 py-2 sm:grid-cols-[9.5rem_minmax(0,1fr)]">
      <Time at={entry.at} precision="second" short className="text-muted" />
      <div className="flex min-w-0 gap-2">
        <StatusGlyph status={status} className={`mt-1.25 ${className}`} />
        <div className="min-w-0">
          <p className="break-words whitespace-pre-wrap">
            {entry.href === null ? (
              entry.text
            ) : (
              <Link href={entry.href} className="hover:underline" data-row-link="">
                {entry.text}
              </Link>
            )}
          </p>
          <p className="text-sm text-muted">
            {word} · {entry.actor.label}
            {entry.auditSeq !== null && (
              <>
                {" · "}
                <Link href={auditEntryPath(application, entry.auditSeq)} className="quiet-link">
                  #{entry.auditSeq}
                </Link>
              </>
            )}
          </p>
        </div>
      </div>
    </div>
  );
}
