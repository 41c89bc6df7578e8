/** Which components there are, which releases contain one of them, since when, and how those did. */
import { notFound } from "@/server/domain/errors";
import { kindOf, parseReference } from "@/server/domain/release/component-map";
import { listMovesToRelease, listReleaseMarks } from "@/server/store/control/aliases";
import { findKnownComponent, type KnownComponentRow } from "@/server/store/control/components";
import { listIncidentsOfRelease } from "@/server/store/control/incidents";
import { listComponents, type ComponentFilter } from "@/server/store/control/used-components";
import { listReleasesWithComponent, type ReleaseRow } from "@/server/store/control/releases";
import type { ComponentsView, ComponentUsageView } from "./components-view";
import { countWords } from "@/server/domain/words/count-words";
import type { ReadDeps } from "./deps";
import { releaseRefs } from "./release-ref";
import { standings } from "./release-state";

/** Releases of one component that are told at once. */
const USES = 200;

export function readComponents(deps: ReadDeps, filter: ComponentFilter): ComponentsView {
  const { items, ...page } = listComponents(deps.control, filter);
  return {
    ...page,
    items: items.map(({ firstAtMs, lastAtMs, ...row }) => {
      // What is registered has parsed as a reference.
      const { name = row.reference, version = "", digest = null } = parseReference(row.reference) ?? {};
      const known = findKnownComponent(deps.control, { ...row, kind: kindOf(row.kind), name, version });
      const seen = knownContent(known, digest);
      return { ...row, name, version, ...seen, firstRegisteredAt: firstAtMs, lastRegisteredAt: lastAtMs };
    }),
  };
}

/** What is known of a version; a digest that a release carries goes before a registry's word. */
export function knownContent(
  known: KnownComponentRow | undefined,
  pinned: string | null,
): Pick<ComponentsView["items"][number], "digest" | "uri" | "settings" | "registry"> {
  if (known === undefined) return { digest: pinned, uri: null, settings: null, registry: null };
  const { digest, uri, settings, registry } = known;
  return { digest: pinned ?? digest, uri, settings, registry };
}

/**
 * @param reference `deploy@2.4.1`, whatever its digest; with `#sha256:…` that content alone.
 * @param kind `tool_schema` is every slot of it.
 * @throws DomainError `not_found` when no release contains it.
 */
export function readComponentUsage(
  deps: ReadDeps,
  { reference, application, kind }: { reference: string; application?: string; kind?: string },
): ComponentUsageView {
  const found = listReleasesWithComponent(deps.control, {
    reference,
    limit: USES,
    ...(application === undefined ? {} : { application }),
  }).filter((row) => kind === undefined || row.kind === kind || kindOf(row.kind) === kind);
  if (found.length === 0) throw notFound("release that contains", reference);
  const items = found.map((row) => useOf(deps, row));
  const serving = items.filter(({ state }) => state === "serving").length;
  const back = items.filter(({ state }) => state === "rolled_back").length;
  const sentence =
    `${reference} is in ${countWords(items.length, "release")}: ${serving} serving now, ` +
    `${back} rolled back, first registered as part of ${found.at(-1)?.id ?? ""}.`;
  return { sentence, items };
}

function useOf(deps: ReadDeps, row: ReleaseRow & { kind: string }): ComponentUsageView["items"][number] {
  const { control } = deps;
  const { application, id: releaseId, kind, createdAtMs } = row;
  const { state, aliases, rollouts } = standings(deps, application)(releaseId);
  const mark = listReleaseMarks(control, { application, releaseId }).at(-1);
  const incidents = listIncidentsOfRelease(control, { application, releaseId });
  return {
    kind,
    release: releaseRefs(control, application)(releaseId),
    since: createdAtMs,
    state,
    aliases,
    firstServedAt: listMovesToRelease(control, { application, releaseId })[0]?.atMs ?? null,
    rollouts: rollouts.map(({ id, state: ended, startedAtMs, endedAtMs }) => ({
      id,
      state: ended,
      startedAt: startedAtMs,
      endedAt: endedAtMs,
    })),
    incidents: incidents.map(({ id, title, status, detectedAtMs }) => ({
      id,
      title,
      status,
      detectedAt: detectedAtMs,
    })),
    bad: mark?.mark === "bad" ? mark.reason : null,
  };
}
