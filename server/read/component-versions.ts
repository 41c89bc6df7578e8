/** One component's versions, and all components of an application by name: which exist, which serve, how each did. */
import { notFound } from "@/server/domain/errors";
import { kindOf, parseReference } from "@/server/domain/release/component-map";
import { countWords } from "@/server/domain/words/count-words";
import { listAliases } from "@/server/store/control/aliases";
import { listKnownVersions } from "@/server/store/control/components";
import { findRelease, listReleasesWithName } from "@/server/store/control/releases";
import { listComponents } from "@/server/store/control/used-components";
import { knownContent } from "./components";
import type { ComponentNamesView, ComponentVersionsView, ComponentVersionView } from "./components-view";
import type { ReadDeps } from "./deps";
import { standings } from "./release-state";
import type { ReleaseListItem } from "./release-view";

/** Versions of one application that are listed at once, and releases of one component that are looked at. */
const MOST_VERSIONS = 10_000;
const MOST_RELEASES = 1_000;

/** Every component of the application, by kind and name. */
export function readComponentNames(deps: ReadDeps, { application }: { application: string }): ComponentNamesView {
  const serving = servingVersions(deps, application);
  const items = new Map<string, ComponentNamesView["items"][number]>();
  const seen = new Set<string>();
  for (const row of listComponents(deps.control, { application, limit: MOST_VERSIONS }).items) {
    const { name, version } = parsed(row.reference);
    const kind = kindOf(row.kind);
    const key = `${kind}\n${name}`;
    const newest = { version, at: row.firstAtMs };
    const item = items.get(key) ?? { kind, name, versions: 0, newest, serving: serving.get(key) ?? [] };
    // One version may fill several slots, or carry a digest in some releases only.
    if (!seen.has(`${key}\n${version}`)) item.versions += 1;
    seen.add(`${key}\n${version}`);
    if (row.firstAtMs > item.newest.at) item.newest = newest;
    items.set(key, item);
  }
  const all = [...items.values()].toSorted((a, b) =>
    a.kind === b.kind ? order(a.name, b.name) : order(a.kind, b.kind),
  );
  const inUse = all.filter((item) => item.serving.length > 0).length;
  const sentence =
    all.length === 0
      ? `No release of ${application} is registered, so there is no component.`
      : `${application} has ${countWords(all.length, "component")} in ${countWords(seen.size, "version")}; ` +
        `${inUse} of them serve${inUse === 1 ? "s" : ""} now.`;
  return { sentence, items: all };
}

function order(left: string, right: string): number {
  return left < right ? -1 : 1;
}

function parsed(reference: string): { name: string; version: string; digest: string | null } {
  // What is registered has parsed as a reference.
  const { name = reference, version = "", digest = null } = parseReference(reference) ?? {};
  return { name, version, digest };
}

/** By kind and name: the versions in the releases that aliases point at. */
function servingVersions(
  { control }: ReadDeps,
  application: string,
): Map<string, ComponentNamesView["items"][number]["serving"]> {
  const found = new Map<string, { alias: string; version: string }[]>();
  for (const { alias, releaseId } of listAliases(control, application)) {
    for (const [slot, reference] of Object.entries(
      findRelease(control, { application, releaseId })?.components ?? {},
    )) {
      const { name, version } = parsed(reference);
      const key = `${kindOf(slot)}\n${name}`;
      const before = found.get(key) ?? [];
      if (!before.some((one) => one.alias === alias && one.version === version)) before.push({ alias, version });
      found.set(key, before);
    }
  }
  return found;
}

/**
 * One component with its versions, the one registered last first.
 *
 * @param kind without a slot: `tool_schema` is every slot of it.
 * @throws DomainError `not_found` when no release contains it and no registry knows it.
 */
export function readComponentVersions(
  deps: ReadDeps,
  key: { application: string; kind: string; name: string },
): ComponentVersionsView {
  const versions = versionsOf(deps, key);
  if (versions.length === 0) throw notFound(`component of ${key.application}`, `${key.kind} ${key.name}`);
  return { ...key, sentence: sentenceOf(key, versions), versions };
}

type Draft = Omit<ComponentVersionView, "outcomes" | "releases"> & { states: Map<string, ReleaseListItem["state"]> };

function versionsOf(deps: ReadDeps, key: { application: string; kind: string; name: string }): ComponentVersionView[] {
  const { control } = deps;
  const known = listKnownVersions(control, key);
  const drafts = new Map<string, Draft>();
  const standing = standings(deps, key.application);
  for (const row of listReleasesWithName(control, { ...key, limit: MOST_RELEASES })) {
    const { version, digest } = parsed(row.reference);
    const own = known.find((one) => one.version === version);
    const draft = drafts.get(row.reference) ?? {
      reference: row.reference,
      version,
      ...knownContent(own, digest),
      firstRegisteredAt: row.createdAtMs,
      lastRegisteredAt: row.createdAtMs,
      states: new Map(),
    };
    draft.firstRegisteredAt = Math.min(draft.firstRegisteredAt, row.createdAtMs);
    draft.states.set(row.id, draft.states.get(row.id) ?? standing(row.id).state);
    drafts.set(row.reference, draft);
  }
  const used = new Set([...drafts.values()].map(({ version }) => version));
  for (const row of known.filter(({ version }) => !used.has(version))) {
    const { version, seenAtMs } = row;
    const reference = `${key.name}@${version}`;
    const at = { firstRegisteredAt: seenAtMs, lastRegisteredAt: seenAtMs };
    drafts.set(reference, { reference, version, ...knownContent(row, null), ...at, states: new Map() });
  }
  return [...drafts.values()]
    .toSorted((a, b) => b.firstRegisteredAt - a.firstRegisteredAt || order(b.reference, a.reference))
    .map(({ states, ...draft }) => ({ ...draft, releases: states.size, outcomes: outcomesOf([...states.values()]) }));
}

function outcomesOf(states: readonly ReleaseListItem["state"][]): ComponentVersionView["outcomes"] {
  const count = (state: ReleaseListItem["state"]): number => states.filter((one) => one === state).length;
  return {
    serving: count("serving"),
    inFlight: count("in_flight"),
    promoted: count("promoted"),
    rolledBack: count("rolled_back"),
    rejected: count("rejected"),
    unused: count("registered"),
  };
}

function sentenceOf({ kind, name }: { kind: string; name: string }, versions: readonly ComponentVersionView[]): string {
  const serving = versions.filter(({ outcomes }) => outcomes.serving > 0).map(({ version }) => `${name}@${version}`);
  const back = versions
    .filter(({ outcomes }) => outcomes.rolledBack > 0)
    .map(({ version, outcomes }) => `${countWords(outcomes.rolledBack, "release")} with ${name}@${version}`);
  const now =
    serving.length === 0 ? "none serves now" : `${serving.join(", ")} serve${serving.length === 1 ? "s" : ""} now`;
  const bad = back.length === 0 ? "" : `; rolled back: ${back.join(", ")}`;
  return `${kind} ${name} has ${countWords(versions.length, "version")}: ${now}${bad}.`;
}
