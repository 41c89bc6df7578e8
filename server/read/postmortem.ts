/**
 * The draft of a postmortem, made from the record alone: every line is a stored fact with its audit entry. What only
 * people know is left to them as questions.
 */
import { z } from "zod";
import { incidentDurations } from "@/server/domain/incident/incident";
import { Time, toRfc3339 } from "@/server/domain/time";
import type { ReadDeps } from "./deps";
import { readIncident } from "./incident-detail";
import { IncidentDetailView } from "./incident-view";
import { lengthWords } from "@/server/domain/words/time-words";

export const PostmortemView = z.object({
  incident: IncidentDetailView,
  generatedAt: Time,
  /** Each since the start, ms; null while that clock runs, or when nobody knows when it began. */
  durations: z.object({
    toDetectMs: z.number().nullable(),
    toMitigateMs: z.number().nullable(),
    toResolveMs: z.number().nullable(),
  }),
  /** What the record cannot answer. */
  questions: z.array(z.string()),
});
export type PostmortemView = z.input<typeof PostmortemView>;

const QUESTIONS = [
  "How did the change get past the gates, and which gate would have caught it?",
  "How did we find out, and what would have told us sooner?",
  "What limited the impact, and where were we lucky?",
  "What will we change, who does it, and by when?",
];

/** @throws DomainError `not_found`. */
export function readPostmortem(deps: ReadDeps, { incidentId }: { incidentId: string }): PostmortemView {
  const incident = readIncident(deps, { incidentId });
  return { incident, generatedAt: deps.nowMs, durations: durationsOf(incident), questions: QUESTIONS };
}

function durationsOf({
  startedAt,
  detectedAt,
  mitigatedAt,
  resolvedAt,
}: IncidentDetailView): PostmortemView["durations"] {
  if (startedAt === null) return { toDetectMs: null, toMitigateMs: null, toResolveMs: null };
  const { toDetectMs, toMitigateMs, toResolveMs } = incidentDurations({
    startedAtMs: startedAt,
    detectedAtMs: detectedAt,
    ...(mitigatedAt === null ? {} : { mitigatedAtMs: mitigatedAt }),
    ...(resolvedAt === null ? {} : { resolvedAtMs: resolvedAt }),
  });
  return { toDetectMs: toDetectMs ?? null, toMitigateMs: toMitigateMs ?? null, toResolveMs: toResolveMs ?? null };
}

/** The draft as GitHub-flavoured Markdown, readable by itself; times are UTC. */
export function postmortemMarkdown({ incident, generatedAt, durations, questions }: PostmortemView): string {
  const sections = [
    `# Postmortem: ${inline(incident.title)}`,
    `${incident.id} · ${incident.application} · ${incident.severity} · ${incident.status} · drafted ${toRfc3339(generatedAt)}`,
    "## Summary",
    inline(incident.sentence),
    "## Clocks",
    table(["Clock", "Time (UTC)", "Since the start"], clockRows(incident, durations)),
    ...impactSection(incident),
    ...changeSection(incident),
    "## Timeline",
    table(
      ["Time (UTC)", "Kind", "Who", "What", "Audit"],
      incident.timeline.map(({ at, kind, actor, text, auditSeq }) => [
        toRfc3339(at),
        kind.replaceAll("_", " "),
        actor.label,
        text,
        auditSeq === null ? "—" : `#${auditSeq}`,
      ]),
    ),
    "## To be answered by people",
    questions.map((question) => `- ${question}`).join("\n"),
  ];
  return `${sections.join("\n\n")}\n`;
}

function clockRows(incident: IncidentDetailView, durations: PostmortemView["durations"]): string[][] {
  const row = (name: string, at: number | null, sinceMs: number | null): string[] => [
    name,
    at === null ? "not yet known" : toRfc3339(at),
    sinceMs === null ? "—" : lengthWords(sinceMs),
  ];
  return [
    row("Started", incident.startedAt, null),
    row("Detected", incident.detectedAt, durations.toDetectMs),
    row("Mitigated", incident.mitigatedAt, durations.toMitigateMs),
    row("Resolved", incident.resolvedAt, durations.toResolveMs),
  ];
}

function impactSection({ impact, release }: IncidentDetailView): string[] {
  if (impact === null || release === null) return [];
  const subjects = impact.subjects === null ? "more subjects than are counted exactly" : `${impact.subjects} subjects`;
  return [
    "## Impact",
    `Release ${release.releaseId} answered ${impact.requests} requests of ${subjects} from ` +
      `${toRfc3339(impact.from)} to ${toRfc3339(impact.to)}; ${impact.errors} of them failed.`,
    ...(impact.regions.length === 0
      ? []
      : [
          table(
            ["Region", "Requests"],
            impact.regions.map(({ region, count }) => [region, String(count)]),
          ),
        ]),
  ];
}

function changeSection({ changes }: IncidentDetailView): string[] {
  if (changes.length === 0) return [];
  const rows = changes.map(({ kind, from, to }) => [kind, from ?? "—", to ?? "—"]);
  return ["## What had changed", table(["Component", "Before", "With this release"], rows)];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(inline).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** People's text on one line, unable to end a cell or to become markup. */
function inline(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/[\\|<>`*_[\]]/g, String.raw`\$&`);
}
