/** People: rows of the sign-in library's tables, written only with a role and a password hash. */
import { asc, count, eq } from "drizzle-orm";
import { accounts, users } from "@/db/control/schema/auth";
import type { Role } from "@/server/domain/vocabulary";
import type { ControlDatabase, ControlTx } from "./database";

export interface UserRow {
  id: string;
  name: string;
  email: string;
  role: Role;
  createdAtMs: number;
}

/** How many people there are; 0 means that the first administrator is still to be set up. */
export function countUsers(db: ControlDatabase | ControlTx): number {
  return db.select({ value: count() }).from(users).get()?.value ?? 0;
}

/** A person by e-mail address, in any case, or undefined. */
export function findUserByEmail(db: ControlDatabase | ControlTx, email: string): UserRow | undefined {
  const row = db.select().from(users).where(eq(users.email, email.toLowerCase())).get();
  return row === undefined ? undefined : toUserRow(row);
}

/** A person by id, or undefined. */
export function findUser(db: ControlDatabase | ControlTx, id: string): UserRow | undefined {
  const row = db.select().from(users).where(eq(users.id, id)).get();
  return row === undefined ? undefined : toUserRow(row);
}

/** Everyone, by name. */
export function listUsers(db: ControlDatabase | ControlTx): UserRow[] {
  return db.select().from(users).orderBy(asc(users.name)).all().map(toUserRow);
}

/** Adds a person who signs in with a password. */
export function insertUser(tx: ControlTx, user: UserRow & { passwordHash: string }): void {
  const at = new Date(user.createdAtMs);
  tx.insert(users)
    .values({ ...user, email: user.email.toLowerCase(), emailVerified: true, createdAt: at, updatedAt: at })
    .run();
  const { id, passwordHash } = user;
  tx.insert(accounts)
    .values({
      id,
      userId: id,
      accountId: id,
      providerId: "credential",
      password: passwordHash,
      createdAt: at,
      updatedAt: at,
    })
    .run();
}

/** Gives a person another role; it holds from the next request on. */
export function updateUserRole(tx: ControlTx, change: { id: string; role: Role; atMs: number }): void {
  tx.update(users)
    .set({ role: change.role, updatedAt: new Date(change.atMs) })
    .where(eq(users.id, change.id))
    .run();
}

function toUserRow(row: typeof users.$inferSelect): UserRow {
  return { id: row.id, name: row.name, email: row.email, role: row.role, createdAtMs: row.createdAt.getTime() };
}
