/** What waits for a person, most urgent first. */
import Link from "next/link";
import type { ReactNode } from "react";
import type { Overview } from "@/components/data/outputs";
import { Card } from "@/components/ui/card";
import { StatusGlyph, type Status } from "@/components/ui/status-glyph";
import { Time } from "@/components/ui/time";

type Need = Overview["needsAPerson"][number];

const MARKS: Readonly<Record<Need["kind"], { status: Status; word: string; className: string }>> = {
  incident: { status: "breach", word: "Incident", className: "text-breach" },
  approval: { status: "review", word: "Approval", className: "text-review" },
  paused: { status: "review", word: "Paused", className: "text-review" },
  policy: { status: "review", word: "Policy", className: "text-review" },
  stale: { status: "no_data", word: "Stale data", className: "text-neutral" },
  unregistered_release: { status: "review", word: "Unregistered release", className: "text-review" },
  telemetry: { status: "breach", word: "Telemetry", className: "text-breach" },
  parity: { status: "breach", word: "Parity", className: "text-breach" },
  drift: { status: "review", word: "Drift", className: "text-review" },
};

export function NeedsAPerson({ items }: { items: Overview["needsAPerson"] }): ReactNode {
  return (
    <Card title="Needs a person" {...(items.length === 0 ? {} : { note: String(items.length) })} flush>
      {items.length === 0 ? (
        <p className="flex items-center gap-2 px-3 py-3 text-muted">
          <StatusGlyph status="pass" /> Nothing waits for anybody.
        </p>
      ) : (
        <ul className="divide-y divide-hairline">
          {items.map((item) => {
            const { status, word, className } = MARKS[item.kind];
            return (
              <li key={`${item.kind}-${item.href}-${item.at}`}>
                <Link
                  href={item.href}
                  data-row-link=""
                  className="flex min-h-11 items-start gap-2.5 px-3 py-2 hover:bg-surface"
                >
                  <StatusGlyph status={status} className={`mt-1.25 ${className}`} />
                  <span className="min-w-0">
                    <span className="block break-words">{item.sentence}</span>
                    <span className="text-sm text-muted">
                      {word} · <Time at={item.at} short relative />
                    </span>
                  </span>
                </Link>
              </li>
            );
          })}
        </ul>
      )}
    </Card>
  );
}
