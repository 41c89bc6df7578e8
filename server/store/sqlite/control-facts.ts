/**
 * What intake needs of control.db, read-only and in memory: tokens, applications, releases, alias moves, live rollouts with
 * their limits. Read again whenever another process has written.
 */
import Database from "better-sqlite3";
import { isRehearsal } from "@/server/domain/rehearsal/rehearsal";
import type { TelemetryKeys } from "@/server/domain/request/telemetry-keys";
import { PolicyName } from "@/server/domain/ids";
import { countedLimits } from "@/server/domain/policy/counted-limits";
import type { Policy } from "@/server/domain/policy/policy";
import { parsePolicy } from "@/server/domain/policy/policy";
import { DomainError } from "@/server/domain/errors";
import type { Limit } from "./bucket-delta";
import type { Retention } from "./retention";
import { limitKey } from "./telemetry-writer";
import { isUnavailable } from "./unavailable";
import { ReleaseFacts, type ReleaseHints, type ResolvedRelease } from "./release-facts";

/** How long the answer about a token is kept: a revoked one is refused after this at the latest. */
const TOKEN_CACHE_MS = 2_000;
const MOST_CACHED_TOKENS = 10_000;
const DEFAULT_SEGMENTS: readonly string[] = ["region", "tenant"];
/** What is kept of an application that is not registered. */
const DEFAULT_RETENTION: Retention = { rawDays: 30, rollupMonths: 12 };

/** A token as far as it decides access. */
export interface TokenFacts {
  id: string;
  scopes: readonly string[];
  role: string | null;
  expiresAtMs: number | null;
  revokedAtMs: number | null;
}

interface ApplicationFacts {
  segments: readonly string[];
  storesContent: boolean;
  retention: Retention;
  telemetryKeys: TelemetryKeys | undefined;
}

interface TokenRow {
  id: string;
  scopes: string;
  role: string | null;
  expires_at_ms: number | null;
  revoked_at_ms: number | null;
}

interface LiveRolloutRow {
  application: string;
  candidate_id: string;
  started_at_ms: number;
  ended_at_ms: number | null;
  name: string;
  document: string | null;
}

/** A rollout of a rehearsal: what its simulated requests need. */
export interface RehearsalFacts {
  rolloutId: string;
  application: string;
  candidateId: string;
  controlId: string;
  startedAtMs: number;
  endedAtMs: number | null;
}

/** Throws SQLite's own errors from `findToken` and `refresh` when control.db cannot be read. */
export class ControlFacts {
  readonly #path: string;
  #database: Database.Database | undefined;
  #version: unknown;
  #tokens = new Map<string, { facts: TokenFacts | undefined; readMs: number }>();
  #applications = new Map<string, ApplicationFacts>();
  /** Of rehearsals, the newest rollout of each; their requests are simulated. */
  rehearsals: readonly RehearsalFacts[] = [];
  /** Segment keys of the policies of live rollouts, by application. */
  #evidenceKeys = new Map<string, readonly string[]>();
  /** By `limitKey`; a new map whenever the limits changed. */
  limits: ReadonlyMap<string, readonly Limit[]> = new Map();
  readonly #releases = new ReleaseFacts();

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Reads what has changed: a rollout that has just begun has its evidence counted from its first request on. What is known
   * already serves while the database cannot be read.
   *
   * @throws SQLite's error when nothing is known yet.
   */
  refresh(): void {
    try {
      const database = this.#open();
      const version = database.pragma("data_version", { simple: true });
      if (version === this.#version) return;
      this.#load(database);
      this.#version = version;
    } catch (error) {
      if (this.#version === undefined || !isUnavailable(error)) throw error;
    }
  }

  /** The token with this SHA-256 (hex), or undefined. */
  findToken(hash: string, nowMs: number): TokenFacts | undefined {
    const cached = this.#tokens.get(hash);
    if (cached !== undefined && nowMs - cached.readMs < TOKEN_CACHE_MS && nowMs >= cached.readMs) return cached.facts;
    const row = this.#open()
      .prepare<[string], TokenRow>("SELECT id, scopes, role, expires_at_ms, revoked_at_ms FROM tokens WHERE hash = ?")
      .get(hash);
    const facts = row === undefined ? undefined : tokenFacts(row);
    if (this.#tokens.size >= MOST_CACHED_TOKENS) this.#tokens.clear();
    this.#tokens.set(hash, { facts, readMs: nowMs });
    return facts;
  }

  /** The keys an application's requests are counted by: its own, and those its live policies name. */
  segmentKeys(application: string): readonly string[] {
    const own = this.#applications.get(application)?.segments ?? DEFAULT_SEGMENTS;
    const watched = this.#evidenceKeys.get(application);
    return watched === undefined ? own : [...new Set([...own, ...watched])];
  }

  /** The keys by which evidence is kept for an application; undefined while no rollout of it is live. */
  evidenceKeys(application: string): readonly string[] | undefined {
    return this.#evidenceKeys.get(application);
  }

  /** The application of a record that names none: the only one there is, or the only one with this release. */
  applicationOf(releaseId: string | null): string | undefined {
    const [only, another] = [...this.#applications.keys()].filter((name) => !isRehearsal(name));
    if (another === undefined && only !== undefined) return only;
    return this.#releases.applicationOf(releaseId);
  }

  /** The release of a record that names none. */
  resolveRelease(hints: ReleaseHints): ResolvedRelease {
    return this.#releases.resolve(hints);
  }

  /** The application's own keys for fields; undefined where it has none. */
  telemetryKeys(application: string): TelemetryKeys | undefined {
    return this.#applications.get(application)?.telemetryKeys;
  }

  /** Whether request and response text may be kept. */
  storesContent(application: string): boolean {
    return this.#applications.get(application)?.storesContent ?? false;
  }

  /** How long an application's data are kept. */
  retentionOf(application: string): Retention {
    return this.#applications.get(application)?.retention ?? DEFAULT_RETENTION;
  }

  close(): void {
    this.#database?.close();
    this.#database = undefined;
  }

  #open(): Database.Database {
    if (this.#database !== undefined) return this.#database;
    const database = new Database(this.#path, { readonly: true, fileMustExist: true });
    // The newest column that is read here: another process makes the tables, also when the product is upgraded.
    const column = database
      .prepare("SELECT 1 FROM pragma_table_info('applications') WHERE name = 'telemetry_keys'")
      .get();
    if (column === undefined) {
      database.close();
      throw new Database.SqliteError("control.db is not brought up to date yet", "SQLITE_CANTOPEN");
    }
    database.pragma("busy_timeout = 250");
    this.#database = database;
    return database;
  }

  #load(database: Database.Database): void {
    const applications = database
      .prepare<[], { id: string; segments: string; store_content: number; retention: string; telemetry_keys: string }>(
        "SELECT id, segments, store_content, retention, telemetry_keys FROM applications",
      )
      .all();
    this.#applications = new Map(
      applications.map((row) => [
        row.id,
        {
          segments: JSON.parse(row.segments) as string[],
          storesContent: row.store_content === 1,
          retention: JSON.parse(row.retention) as Retention,
          telemetryKeys: row.telemetry_keys === "{}" ? undefined : (JSON.parse(row.telemetry_keys) as TelemetryKeys),
        },
      ]),
    );
    this.#releases.load(database);
    this.#loadPolicies(database);
    this.#loadRehearsals(database);
  }

  #loadRehearsals(database: Database.Database): void {
    const applications = [...this.#applications.keys()].filter(isRehearsal);
    const newest = database.prepare<[string], RehearsalFacts>(
      `SELECT id AS rolloutId, application, candidate_id AS candidateId, control_id AS controlId,
         started_at_ms AS startedAtMs, ended_at_ms AS endedAtMs
       FROM rollouts WHERE application = ? ORDER BY started_at_ms DESC LIMIT 1`,
    );
    this.rehearsals = applications.flatMap((application) => newest.get(application) ?? []);
  }

  #loadPolicies(database: Database.Database): void {
    const rows = database
      .prepare<[], LiveRolloutRow>(
        `SELECT r.application, r.candidate_id, r.started_at_ms, r.ended_at_ms, p.name, p.document
         FROM rollouts r LEFT JOIN policies p ON p.name = r.policy_name AND p.version = r.policy_version
         WHERE r.ended_at_ms IS NULL`,
      )
      .all();
    const limits = new Map<string, Limit[]>();
    const segments = new Map<string, Set<string>>();
    for (const row of rows) {
      const keys = segments.get(row.application) ?? new Set();
      segments.set(row.application, keys);
      const policy = policyOf(row);
      if (policy === undefined) continue;
      addLimits(limits, row.application, policy);
      for (const key of [...policy.segments, ...policy.thresholds.flatMap((entry) => entry.segments)]) keys.add(key);
    }
    this.#evidenceKeys = new Map([...segments].map(([application, keys]) => [application, [...keys]]));
    if (JSON.stringify([...limits]) !== JSON.stringify([...this.limits])) this.limits = limits;
  }
}

function tokenFacts(row: TokenRow): TokenFacts {
  return {
    id: row.id,
    scopes: JSON.parse(row.scopes) as string[],
    role: row.role,
    expiresAtMs: row.expires_at_ms,
    revokedAtMs: row.revoked_at_ms,
  };
}

/** A policy that cannot be read holds no limits here; the controller says what is wrong with it. */
function policyOf(row: LiveRolloutRow): Policy | undefined {
  const name = PolicyName.safeParse(row.name);
  if (row.document === null || !name.success) return undefined;
  try {
    return parsePolicy(JSON.parse(row.document), name.data);
  } catch (error) {
    if (error instanceof DomainError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Adds the policy's limits to those of the application's other live policies. */
function addLimits(limits: Map<string, Limit[]>, application: string, policy: Policy): void {
  for (const [measure, counted] of countedLimits(policy)) {
    const key = limitKey(application, measure);
    const known = limits.get(key) ?? [];
    for (const limit of counted) {
      if (!known.some((entry) => entry.limit === limit.limit && entry.side === limit.side)) known.push(limit);
    }
    limits.set(key, known);
  }
}
