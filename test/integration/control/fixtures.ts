/** What the control tests share: a fresh database each, actors of every role, and a world with registered releases. */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach } from "vitest";
import { migrateControlDatabase, openControlDatabase, type ControlDatabase } from "@/db/control/open";
import type { Actor, ControlContext } from "@/server/control/context";
import { putNotificationRoute } from "@/server/control/put-notification-route";
import { moveAlias } from "@/server/control/move-alias";
import { registerRelease } from "@/server/control/register-release";
import { ApplicationId, AliasName } from "@/server/domain/ids";
import type { PolicyEvaluation } from "@/server/domain/policy/evaluation";
import type { Role, TokenScope } from "@/server/domain/vocabulary";
import { withTransaction } from "@/server/store/control/database";
import { insertUser } from "@/server/store/control/users";

const MIGRATIONS = join(import.meta.dirname, "../../../db/control/migrations");

/** 2026-04-12T00:00:00Z. */
export const T0 = Date.UTC(2026, 3, 12);
export const MINUTE_MS = 60_000;

export const APP = ApplicationId.parse("deploy-assistant");
export const ON_PRODUCTION = { application: APP, alias: AliasName.parse("production") };

const folder = mkdtempSync(join(tmpdir(), "switchback-control-"));
const template = join(folder, "template.db");
const opened: ControlDatabase[] = [];
let made = 0;

afterEach(() => {
  for (const db of opened.splice(0)) db.$client.close();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The path of a new database, migrated: migrated once per file, then copied. */
export function freshDatabasePath(): string {
  if (made === 0) {
    const db = openControlDatabase(template);
    migrateControlDatabase(db, MIGRATIONS);
    db.$client.pragma("wal_checkpoint(TRUNCATE)");
    db.$client.close();
  }
  made += 1;
  const path = join(folder, `${made}.db`);
  copyFileSync(template, path);
  return path;
}

/** Opens a database that is closed after the test. */
export function open(path: string): ControlDatabase {
  const db = openControlDatabase(path);
  opened.push(db);
  return db;
}

export function freshDatabase(): ControlDatabase {
  return open(freshDatabasePath());
}

export function person(role: Role, name: string = role): Actor {
  return { kind: "person", id: `usr_${name}`, name, role, scopes: [] };
}

/** Makes somebody a member of the installation, as those are who can be asked to approve something. */
export function addPerson({ db }: World, { id, name, role }: Actor): void {
  const email = `${name.toLowerCase()}@example.org`;
  withTransaction(db, (tx) => {
    insertUser(tx, { id, name, email, role: role ?? "viewer", createdAtMs: T0, passwordHash: "none" });
  });
}

export function token(scopes: readonly TokenScope[], name = scopes.join(" ")): Actor {
  return { kind: "token", id: `tok_${name}`, name, role: null, scopes };
}

export const CONTROLLER: Actor = { kind: "controller", id: "controller", name: "controller", role: null, scopes: [] };
export const SYSTEM: Actor = { kind: "system", id: "command-line", name: "command line", role: null, scopes: [] };

/** The same installation as different people see it, at different times. */
export interface World {
  db: ControlDatabase;
  as: (actor: Actor, atMs?: number) => ControlContext;
  /** A release `prompt support@<n>`, registered when first asked for, and again when given something extra. */
  release: (n: number, extra?: object) => string;
  /** Points production at a release by hand. */
  serve: (releaseId: string, atMs?: number) => void;
}

export function newWorld(db: ControlDatabase = freshDatabase()): World {
  const as = (actor: Actor, atMs = T0): ControlContext => ({ db, nowMs: atMs, actor, requestId: "req-1" });
  const registered = new Map<number, string>();
  const register = (n: number, extra: object): string => {
    const components = { prompt: `support@${n}`, model: "lora@1.9" };
    const author = `Author ${n} <author${n}@example.org>`;
    const { releaseId } = registerRelease(as(token(["ci"])), { application: APP, components, author, ...extra });
    registered.set(n, releaseId);
    return releaseId;
  };
  return {
    db,
    as,
    release: (n, extra) => (extra === undefined ? registered.get(n) : undefined) ?? register(n, extra ?? {}),
    serve: (releaseId, atMs = T0) => {
      moveAlias(as(person("release_manager"), atMs), { ...ON_PRODUCTION, releaseId, reason: "first release" });
    },
  };
}

/** An evaluation as the controller hands it over; by default nothing is broken and the step goes on. */
export function evaluation(change: Partial<PolicyEvaluation> = {}): PolicyEvaluation {
  return {
    mode: "window",
    decision: "continue",
    stepComplete: false,
    findings: [],
    violations: [],
    waitingFor: [],
    sentence: "No limit is broken.",
    ...change,
  };
}

export const BREACH: PolicyEvaluation = evaluation({
  decision: "rollback",
  violations: [
    {
      action: "rollback",
      metric: "p95_ttft_ms",
      observed: 910,
      threshold: 850,
      window: "5m",
      message: "p95_ttft_ms=910 exceeds max 850 over 5m",
    },
  ],
  sentence: "p95_ttft_ms=910 exceeds max 850 over 5m.",
});

/** A pause-level breach of a score. */
export function weakScore(metric = "groundedness_score"): PolicyEvaluation {
  const message = `${metric}=0.79 below min 0.82 over 15m`;
  return evaluation({
    decision: "pause_for_review",
    violations: [{ action: "pause_for_review", metric, observed: 0.79, threshold: 0.82, window: "15m", message }],
    pauseReason: "quality",
    sentence: `${message}.`,
  });
}

/** Counts rows of a table. */
export function rows(db: ControlDatabase, table: string): number {
  return db.$client.prepare<[], { n: number }>(`SELECT count(*) AS n FROM ${table}`).get()?.n ?? 0;
}

/** Adds a route that wants everything: without any, nobody is to be told and nothing is queued. */
export function tellEverything({ as }: World): void {
  const settings = { channel: "webhook", url: "https://hooks.example.org", secret: "file:hook" } as const;
  putNotificationRoute(as(person("admin")), { name: "everything", settings });
}
