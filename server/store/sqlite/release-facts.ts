/** Releases and what aliases pointed at when: how a request that does not name its release is given one. */
import { isRehearsal } from "@/server/domain/rehearsal/rehearsal";
import type Database from "better-sqlite3";
import type { Track } from "@/server/domain/vocabulary";

/** What a request tells about its release without naming it. */
export interface ReleaseHints {
  application: string;
  timeMs: number;
  track: Track;
  /** `service.version` and the like, and git commits; the first that matches wins. */
  versions: readonly string[];
  /** `name@version` of the prompt. */
  prompt: string | null;
  model: string | null;
}

/** A found release and how it was found. */
export interface ResolvedRelease {
  releaseId: string | null;
  source: "version" | "alias" | "unknown";
}

interface Move {
  alias: string;
  toReleaseId: string;
  atMs: number;
}

interface Rollout {
  candidateId: string;
  startedAtMs: number;
  endedAtMs: number | null;
}

interface KnownRelease {
  id: string;
  components: Readonly<Record<string, string>>;
}

/** The alias that serves people, where an application has several. */
const MAIN_ALIAS = "production";
const SHORTEST_COMMIT = 7;
const MOST_CACHED = 10_000;

/** One application's part. */
interface ApplicationReleases {
  releases: Map<string, KnownRelease>;
  /** Label or commit → releases that carry it. */
  byName: Map<string, Set<string>>;
  commits: { commit: string; releaseId: string }[];
  moves: Move[];
}

/** Learns from control.db what is new since the last `load`; releases, provenance and moves are only ever added. */
export class ReleaseFacts {
  #applications = new Map<string, ApplicationReleases>();
  #rollouts = new Map<string, Rollout[]>();
  #seen = { release: 0, provenance: 0, move: 0 };
  /** Answers since the last load: what emitters say repeats itself. */
  #exact = new Map<string, string | undefined>();

  load(database: Database.Database): void {
    this.#loadReleases(database);
    this.#loadMoves(database);
    this.#exact = new Map();
    this.#rollouts = new Map();
    const rollouts = database
      .prepare<[], { application: string; candidate_id: string; started_at_ms: number; ended_at_ms: number | null }>(
        "SELECT application, candidate_id, started_at_ms, ended_at_ms FROM rollouts ORDER BY started_at_ms",
      )
      .all();
    for (const row of rollouts) {
      const list = this.#rollouts.get(row.application) ?? [];
      list.push({ candidateId: row.candidate_id, startedAtMs: row.started_at_ms, endedAtMs: row.ended_at_ms });
      this.#rollouts.set(row.application, list);
    }
  }

  /** By version, label or commit; then by prompt and model; then by what the alias served at the time. */
  resolve(hints: ReleaseHints): ResolvedRelease {
    const known = this.#applications.get(hints.application);
    if (known === undefined) return { releaseId: null, source: "unknown" };
    const exact = this.#exactOf(known, hints);
    if (exact !== undefined) return { releaseId: exact, source: "version" };
    const served = this.#servedAt(known, hints);
    return served === undefined ? { releaseId: null, source: "unknown" } : { releaseId: served, source: "alias" };
  }

  /** The only application there is, or the only one with this release. */
  applicationOf(releaseId: string | null): string | undefined {
    const all = [...this.#applications.keys()].filter((name) => !isRehearsal(name));
    const having = all.filter((name) => releaseId !== null && this.#applications.get(name)?.releases.has(releaseId));
    const candidates = having.length > 0 ? having : all;
    return candidates.length === 1 ? candidates[0] : undefined;
  }

  #exactOf(known: ApplicationReleases, hints: ReleaseHints): string | undefined {
    const key = JSON.stringify([hints.application, hints.versions, hints.prompt, hints.model]);
    if (this.#exact.has(key)) return this.#exact.get(key);
    const byVersion = hints.versions.map((version) => byName(known, version)).find((id) => id !== undefined);
    const found = byVersion ?? byPrompt(known, hints);
    if (this.#exact.size < MOST_CACHED) this.#exact.set(key, found);
    return found;
  }

  /** The candidate of the rollout that was live, for its tracks; else the release of the alias that serves people. */
  #servedAt(known: ApplicationReleases, { application, timeMs, track }: ReleaseHints): string | undefined {
    if (track !== "control") {
      return this.#rollouts
        .get(application)
        ?.findLast((rollout) => rollout.startedAtMs <= timeMs && (rollout.endedAtMs ?? Infinity) > timeMs)?.candidateId;
    }
    const aliases = new Set(known.moves.map((move) => move.alias));
    const alias = aliases.has(MAIN_ALIAS) || aliases.size !== 1 ? MAIN_ALIAS : [...aliases][0];
    return known.moves.findLast((move) => move.alias === alias && move.atMs <= timeMs)?.toReleaseId;
  }

  #loadReleases(database: Database.Database): void {
    const releases = database
      .prepare<[number], { seq: number; application: string; id: string; components: string }>(
        "SELECT rowid AS seq, application, id, components FROM releases WHERE rowid > ? ORDER BY rowid",
      )
      .all(this.#seen.release);
    for (const { seq, application, id, components } of releases) {
      const known = this.#of(application);
      known.releases.set(id, { id, components: JSON.parse(components) as Record<string, string> });
      addName(known, id, id);
      this.#seen.release = seq;
    }
    const provenance = database
      .prepare<
        [number],
        { id: number; application: string; release_id: string; git_commit: string | null; labels: string }
      >("SELECT id, application, release_id, git_commit, labels FROM provenance WHERE id > ? ORDER BY id")
      .all(this.#seen.provenance);
    for (const row of provenance) {
      const known = this.#of(row.application);
      if (row.git_commit !== null) known.commits.push({ commit: row.git_commit, releaseId: row.release_id });
      for (const label of Object.values(JSON.parse(row.labels) as Record<string, string>)) {
        addName(known, label, row.release_id);
      }
      this.#seen.provenance = row.id;
    }
  }

  #loadMoves(database: Database.Database): void {
    const moves = database
      .prepare<[number], { id: number; application: string; alias: string; to_release_id: string; at_ms: number }>(
        "SELECT id, application, alias, to_release_id, at_ms FROM alias_moves WHERE id > ? ORDER BY id",
      )
      .all(this.#seen.move);
    for (const row of moves) {
      this.#of(row.application).moves.push({ alias: row.alias, toReleaseId: row.to_release_id, atMs: row.at_ms });
      this.#seen.move = row.id;
    }
  }

  #of(application: string): ApplicationReleases {
    let known = this.#applications.get(application);
    if (known === undefined) {
      known = { releases: new Map(), byName: new Map(), commits: [], moves: [] };
      this.#applications.set(application, known);
    }
    return known;
  }
}

function addName(known: ApplicationReleases, name: string, releaseId: string): void {
  const ids = known.byName.get(name) ?? new Set();
  ids.add(releaseId);
  known.byName.set(name, ids);
}

/** The one release that a label, id or commit (in full or at least 7 digits of it) names; two would be a guess. */
function byName(known: ApplicationReleases, name: string): string | undefined {
  const named = known.byName.get(name) ?? new Set<string>();
  const commits =
    name.length < SHORTEST_COMMIT
      ? []
      : known.commits.filter(({ commit }) => commit.startsWith(name) || isCommitPrefix(commit, name));
  const ids = new Set([...named, ...commits.map(({ releaseId }) => releaseId)]);
  return ids.size === 1 ? [...ids][0] : undefined;
}

function isCommitPrefix(commit: string, name: string): boolean {
  return commit.length >= SHORTEST_COMMIT && name.startsWith(commit);
}

/** The one release with this prompt and model; a model is compared without the version its component adds. */
function byPrompt(known: ApplicationReleases, { prompt, model }: ReleaseHints): string | undefined {
  if (prompt === null) return undefined;
  const ids = [...known.releases.values()]
    .filter(({ components }) => components["prompt"] === prompt)
    .filter(({ components }) => model === null || isModel(components["model"], model))
    .map(({ id }) => id);
  return ids.length === 1 ? ids[0] : undefined;
}

function isModel(component: string | undefined, model: string): boolean {
  return component === undefined || component === model || component.startsWith(`${model}@`);
}
