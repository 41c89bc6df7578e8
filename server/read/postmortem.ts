/** A postmortem: what people wrote, what the record says now where nobody did, and the evidence of both. */
import type { FrozenChart } from "@/server/domain/postmortem/chart";
import type { Citation } from "@/server/domain/postmortem/citation";
import { draftPostmortem } from "@/server/domain/postmortem/draft";
import type { PostmortemExport } from "@/server/domain/postmortem/export";
import type { PostmortemFacts } from "@/server/domain/postmortem/facts";
import { lineStates } from "@/server/domain/postmortem/line-states";
import { refreshed, type CurrentSection } from "@/server/domain/postmortem/refresh";
import { SECTIONS, textsById, type SectionText } from "@/server/domain/postmortem/sections";
import { missingForPublication, nextPostmortemStatuses } from "@/server/domain/postmortem/status";
import { notFound } from "@/server/domain/errors";
import { actionItemOf } from "@/server/control/add-action-item";
import { isOverdue } from "@/server/domain/postmortem/action";
import {
  findPostmortem,
  listActionsOfIncident,
  type ActionItemRow,
  type PostmortemRow,
} from "@/server/store/control/postmortems";
import { actorOf } from "./actor";
import type { ReadDeps } from "./deps";
import { incidentSummary } from "./incident-summary";
import { loadIncidentStory, type IncidentStory } from "./incident-story";
import { frozenChartView } from "./pinned-evidence-view";
import { incidentCharts } from "./postmortem-charts";
import { postmortemFacts } from "./postmortem-facts";
import type { ActionItemView, PostmortemView } from "./postmortem-view";

/** Which postmortem: of an incident the newest version, or an older one as it was. */
export interface PostmortemQuery {
  readonly incidentId: string;
  readonly version?: number | undefined;
}

/** What the record says now, for the verbs that save. */
export interface RecordDraft {
  readonly sections: SectionText[];
  readonly citations: Citation[];
  readonly charts: FrozenChart[];
}

/** @throws DomainError `not_found`. */
export function readRecordDraft(deps: ReadDeps, { incidentId }: { incidentId: string }): RecordDraft {
  const newest = findPostmortem(deps.control, { incidentId });
  return recordDraft(deps, { story: loadIncidentStory(deps, incidentId), newest }).draft;
}

/** Once telemetry of the incident has been deleted by age, the draft stays what it was when it was last saved. */
function recordDraft(
  deps: ReadDeps,
  { story, newest }: { story: IncidentStory; newest: PostmortemRow | undefined },
): { draft: RecordDraft; facts: PostmortemFacts } {
  const facts = postmortemFacts(deps, story);
  if (newest !== undefined && hasFaded(facts, newest)) {
    const { generated, citations, charts } = newest;
    return { facts, draft: { sections: generated, citations, charts } };
  }
  const { sections, citations } = draftPostmortem(facts);
  return { facts, draft: { sections: [...sections], citations: [...citations], charts: incidentCharts(deps, story) } };
}

/** Requests were measured when it was saved, and there are none any more. */
function hasFaded({ impact }: PostmortemFacts, { charts }: PostmortemRow): boolean {
  return charts.length > 0 && (impact?.requests ?? 0) === 0;
}

/** Everything that an answer or an export is made of. */
interface Loaded {
  readonly story: IncidentStory;
  readonly saved: PostmortemRow | undefined;
  readonly facts: PostmortemFacts;
  readonly sections: readonly CurrentSection[];
  readonly citations: readonly Citation[];
  readonly charts: readonly FrozenChart[];
  readonly actions: readonly ActionItemRow[];
}

function load(deps: ReadDeps, { incidentId, version }: PostmortemQuery): Loaded {
  const story = loadIncidentStory(deps, incidentId);
  const saved = findPostmortem(deps.control, { incidentId, version });
  if (saved === undefined && version !== undefined)
    throw notFound(`version of the postmortem of ${incidentId}`, String(version));
  const newest = version === undefined ? saved : findPostmortem(deps.control, { incidentId });
  const { facts, draft } = recordDraft(deps, { story, newest });
  // An older version, and one that was published, is shown as it was.
  const frozen = saved !== undefined && (saved.status === "published" || saved.version !== newest?.version);
  const known = new Map([...draft.citations, ...(saved?.citations ?? [])].map((one) => [one.id, one]));
  return {
    story,
    saved,
    facts,
    sections: refreshed(saved, { draft: draft.sections, frozen }),
    citations: [...known.values()],
    charts: frozen ? saved.charts : draft.charts,
    actions: listActionsOfIncident(deps.control, incidentId),
  };
}

/** @throws DomainError `not_found` for an unknown incident or version. */
export function readPostmortem(deps: ReadDeps, query: PostmortemQuery): PostmortemView {
  const { story, saved, facts, sections, citations, charts, actions } = load(deps, query);
  const status = saved?.status ?? "draft";
  return {
    incident: incidentSummary(deps, story.incident),
    version: saved?.version ?? 0,
    status,
    savedAt: saved?.atMs ?? null,
    savedBy: saved === undefined ? null : actorOf(saved),
    generatedAt: deps.nowMs,
    clocks: clocksOf(facts),
    sections: sections.map((section) => sectionView(section, { saved, citations })),
    citations: [...citations],
    charts: charts.map(frozenChartView),
    actions: actions.map((action) => actionView(action, deps.nowMs)),
    nextStatuses: [...nextPostmortemStatuses(status)],
    missingForPublication: missingForPublication(actions),
  };
}

/** The same as a document. `baseUrl` is where people open the product. */
export function readPostmortemExport(deps: ReadDeps, query: PostmortemQuery & { baseUrl: string }): PostmortemExport {
  const { story, saved, sections, citations, charts, actions } = load(deps, query);
  const { id, application, title, severity, status } = story.incident;
  return {
    incidentId: id,
    application,
    title,
    severity,
    incidentStatus: status,
    status: saved?.status ?? "draft",
    version: saved?.version ?? 0,
    atMs: saved?.atMs ?? deps.nowMs,
    baseUrl: query.baseUrl,
    sections,
    citations: citedIn(sections, citations),
    charts,
    actions,
  };
}

function citedIn(sections: readonly SectionText[], citations: readonly Citation[]): Citation[] {
  const text = sections.map(({ markdown }) => markdown).join("\n");
  return citations.filter(({ id }) => text.includes(`[^${id}]`));
}

function clocksOf({ clocks }: PostmortemFacts): PostmortemView["clocks"] {
  const startedMs = clocks.find(({ name }) => name === "started")?.atMs ?? null;
  return clocks.map(({ name, atMs, how }) => ({
    name,
    at: atMs,
    sinceStartMs: atMs === null || startedMs === null ? null : Math.max(0, atMs - startedMs),
    how,
  }));
}

function sectionView(
  { id, markdown, generated, newer }: CurrentSection,
  { saved, citations }: { saved: PostmortemRow | undefined; citations: readonly Citation[] },
): PostmortemView["sections"][number] {
  const written = generated ? markdown : (textsById(saved?.generated ?? []).get(id) ?? "");
  const known = new Set(citations.map((citation) => citation.id));
  return {
    id,
    ...SECTIONS[id],
    markdown,
    generated,
    newer,
    lines: lineStates(markdown, { generated: written, known }),
  };
}

/** An action with whether its day has passed. */
export function actionView(row: ActionItemRow, nowMs: number): ActionItemView {
  return { ...actionItemOf(row), overdue: isOverdue(row, nowMs) };
}
