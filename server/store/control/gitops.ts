/** Repositories, what git declares, and write-backs. Settings and observations change; what was decided is in the audit. */
import { and, asc, desc, eq, inArray, like, or, sql } from "drizzle-orm";
import { gitAliases, gitRepositories, gitStates, gitWriteBacks } from "@/db/control/schema/gitops";
import { releaseComponents } from "@/db/control/schema/registry";
import { DesiredState } from "@/server/domain/gitops/desired-state";
import { GitRepository } from "@/server/domain/gitops/repository";
import type { WriteBackStatus } from "@/server/domain/gitops/write-back";
import type { AliasKey } from "./aliases";
import type { ControlReader } from "./database";

export type GitStateRow = typeof gitStates.$inferSelect;
export type GitAliasRow = typeof gitAliases.$inferSelect;
export type WriteBackRow = typeof gitWriteBacks.$inferSelect;

/** What a head declares beside aliases. */
export const DeclaredContent = DesiredState.pick({ releases: true, policy: true, prompts: true, findings: true });
export type DeclaredContent = ReturnType<typeof DeclaredContent.parse>;

/** Settings, and when they were put: that names their version. */
export type StoredRepository = GitRepository & { readonly updatedAtMs: number };

export function findRepository(db: ControlReader, application: string): StoredRepository | undefined {
  const row = db.select().from(gitRepositories).where(eq(gitRepositories.application, application)).get();
  return row === undefined ? undefined : toStored(row);
}

/** Every repository, by application; tens. */
export function listRepositories(db: ControlReader): StoredRepository[] {
  return db.select().from(gitRepositories).orderBy(asc(gitRepositories.application)).all().map(toStored);
}

function toStored({ settings, updatedAtMs }: typeof gitRepositories.$inferSelect): StoredRepository {
  return { ...GitRepository.parse(settings), updatedAtMs };
}

export function writeRepository(tx: ControlReader, repository: GitRepository, nowMs: number): void {
  const row = { settings: { ...repository }, updatedAtMs: nowMs };
  tx.insert(gitRepositories)
    .values({ application: repository.application, ...row })
    .onConflictDoUpdate({ target: gitRepositories.application, set: row })
    .run();
}

export function deleteRepository(tx: ControlReader, application: string): void {
  for (const table of [gitRepositories, gitStates, gitAliases] as const) {
    tx.delete(table).where(eq(table.application, application)).run();
  }
}

export function findGitState(db: ControlReader, application: string): GitStateRow | undefined {
  return db.select().from(gitStates).where(eq(gitStates.application, application)).get();
}

/** What the head declared when it was last read. */
export function readDeclared(state: GitStateRow | undefined): DeclaredContent | undefined {
  return state?.declared === null || state?.declared === undefined ? undefined : DeclaredContent.parse(state.declared);
}

/** Changes the given columns, and creates the row when it does not exist. */
export function writeGitState(
  tx: ControlReader,
  { application, change }: { application: string; change: Partial<Omit<GitStateRow, "application">> },
): void {
  tx.insert(gitStates)
    .values({ application, ...change })
    .onConflictDoUpdate({ target: gitStates.application, set: change })
    .run();
}

/** Asks the controller to look at the repository at its next tick; false when there is none. */
export function requestGitCheck(
  db: ControlReader,
  { application, nowMs }: { application: string; nowMs: number },
): boolean {
  if (findRepository(db, application) === undefined) return false;
  writeGitState(db, { application, change: { requestedAtMs: nowMs } });
  return true;
}

export function listGitAliases(db: ControlReader, application: string): GitAliasRow[] {
  return db
    .select()
    .from(gitAliases)
    .where(eq(gitAliases.application, application))
    .orderBy(asc(gitAliases.alias))
    .all();
}

/** Puts what the head declares in place of what was there. */
export function replaceGitAliases(tx: ControlReader, application: string, rows: readonly GitAliasRow[]): void {
  tx.delete(gitAliases).where(eq(gitAliases.application, application)).run();
  if (rows.length > 0)
    tx.insert(gitAliases)
      .values([...rows])
      .run();
}

export function findWriteBack(db: ControlReader, auditSeq: number): WriteBackRow | undefined {
  return db.select().from(gitWriteBacks).where(eq(gitWriteBacks.auditSeq, auditSeq)).get();
}

/** Write-backs of an application, newest first. */
export function listWriteBacks(
  db: ControlReader,
  { application, limit }: { application: string; limit: number },
): WriteBackRow[] {
  return db
    .select()
    .from(gitWriteBacks)
    .where(eq(gitWriteBacks.application, application))
    .orderBy(desc(gitWriteBacks.id))
    .limit(limit)
    .all();
}

/** Write-backs of an alias that git has not been seen to follow yet. */
export function listOpenWriteBacks(db: ControlReader, key: AliasKey): WriteBackRow[] {
  const open: WriteBackStatus[] = ["committed", "proposed", "impossible"];
  return db
    .select()
    .from(gitWriteBacks)
    .where(
      and(
        eq(gitWriteBacks.application, key.application),
        eq(gitWriteBacks.alias, key.alias),
        inArray(gitWriteBacks.status, open),
      ),
    )
    .orderBy(asc(gitWriteBacks.id))
    .all();
}

/** Adds a write-back, or brings the one of the same audit entry up to date. */
export function writeWriteBack(tx: ControlReader, row: Omit<WriteBackRow, "id">): void {
  const { createdAtMs: _, auditSeq: __, ...change } = row;
  tx.insert(gitWriteBacks).values(row).onConflictDoUpdate({ target: gitWriteBacks.auditSeq, set: change }).run();
}

/** Prompt components of an application's releases, `name@version#digest`, each with one release that has it. */
export function listReleasedPrompts(
  db: ControlReader,
  application: string,
): { reference: string; releaseId: string }[] {
  return db
    .select({ reference: releaseComponents.reference, releaseId: sql<string>`min(${releaseComponents.releaseId})` })
    .from(releaseComponents)
    .where(
      and(
        eq(releaseComponents.application, application),
        or(eq(releaseComponents.kind, "prompt"), like(releaseComponents.kind, "prompt/%")),
      ),
    )
    .groupBy(releaseComponents.reference)
    .all();
}
