/** The releases of an application, newest first: what changed in each, where it stands, what traffic it gets. */
import { notFound } from "@/server/domain/errors";
import { findApplication } from "@/server/store/control/applications";
import { findRelease, listProvenanceOf, listReleases, type ReleaseRow } from "@/server/store/control/releases";
import { fillingEnd } from "./bucket";
import { countWords } from "@/server/domain/words/count-words";
import { definedOnly } from "./defined-only";
import type { ReadDeps } from "./deps";
import { changesBetween, releaseRefs } from "./release-ref";
import { standings } from "./release-state";
import type { ReleaseListItem, ReleaseListView } from "./release-view";

const DAY_MS = 86_400_000;

/**
 * @throws DomainError `not_found` for an application that was never registered and never sent anything.
 */
export function listReleaseItems(
  deps: ReadDeps,
  { application, limit, cursor, search }: { application: string; limit: number; cursor?: string; search?: string },
): ReleaseListView {
  const { control, telemetry } = deps;
  if (findApplication(control, application) === undefined && !telemetry.applications().includes(application)) {
    throw notFound("application", application);
  }
  const page = listReleases(control, definedOnly({ application, limit, cursor, search }));
  const requests = requestsOfDay(deps, application);
  const items = itemsOf(deps, { application, rows: page.items, requests, isWhole: search === undefined });
  const unregistered = [...requests]
    .filter(([releaseId]) => findRelease(control, { application, releaseId }) === undefined)
    .map(([releaseId, requests24h]) => ({ releaseId, requests24h }));
  return { ...page, items, unregistered, sentence: listSentence(deps, { application, items, unregistered }) };
}

/** Requests of the last 24 hours by release, shadows included. */
function requestsOfDay({ telemetry, nowMs }: ReadDeps, application: string): Map<string, number> {
  const toMs = fillingEnd(nowMs);
  const counts = new Map<string, number>();
  for (const { releaseId, count } of telemetry.traffic({ application, fromMs: toMs - DAY_MS, toMs })) {
    if (releaseId !== null) counts.set(releaseId, (counts.get(releaseId) ?? 0) + count);
  }
  return counts;
}

function itemsOf(
  deps: ReadDeps,
  given: {
    application: string;
    rows: readonly ReleaseRow[];
    requests: ReadonlyMap<string, number>;
    /** The rows follow each other without gaps. */
    isWhole: boolean;
  },
): ReleaseListItem[] {
  const { application, rows, requests, isWhole } = given;
  const refs = releaseRefs(deps.control, application);
  const standing = standings(deps, application);
  const releaseIds = rows.map(({ id }) => id);
  const registrations = new Map<string, number>();
  for (const { releaseId } of listProvenanceOf(deps.control, { application, releaseIds })) {
    registrations.set(releaseId, (registrations.get(releaseId) ?? 0) + 1);
  }
  return rows.map((row, index) => {
    const { state, aliases } = standing(row.id);
    const before = isWhole ? (rows[index + 1] ?? registeredBefore(deps, row)) : registeredBefore(deps, row);
    const changes =
      before === undefined ? null : changesBetween(deps.control, { application, fromId: before.id, toId: row.id });
    return {
      release: refs(row.id),
      changes: changes ?? [],
      aliases,
      registrations: registrations.get(row.id) ?? 0,
      state,
      requests24h: requests.get(row.id) ?? 0,
    };
  });
}

/** The release before the last one of a page. */
function registeredBefore({ control }: ReadDeps, { application, createdAtMs, id }: ReleaseRow): ReleaseRow | undefined {
  return listReleases(control, { application, limit: 1, cursor: `${createdAtMs}.${id}` }).items[0];
}

function listSentence(
  deps: ReadDeps,
  given: { application: string; items: readonly ReleaseListItem[]; unregistered: ReleaseListView["unregistered"] },
): string {
  const { application, items, unregistered } = given;
  const [stranger] = unregistered;
  if (stranger !== undefined) {
    const many = countWords(stranger.requests24h, "request");
    const more = unregistered.length > 1 ? `, and ${unregistered.length - 1} more such releases answer` : "";
    return `${many} of the last 24 h came from release ${stranger.releaseId}, which nobody has registered${more}.`;
  }
  if (items.length === 0) return `No release of ${application} is registered yet.`;
  const serving = items.filter(({ state }) => state === "serving");
  const flying = items.filter(({ state }) => state === "in_flight").map(({ release }) => release.releaseId);
  const served = serving.map(({ release, aliases }) => `${aliases.join(" and ")} serves ${release.releaseId}`);
  const flight = flying.length === 0 ? [] : [`${flying.join(", ")} ${flying.length === 1 ? "is" : "are"} on the way`];
  const said = [...served, ...flight];
  return said.length === 0 ? `None of these releases serves ${application} now.` : `${said.join("; ")}.`;
}
