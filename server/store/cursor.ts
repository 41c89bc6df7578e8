/** Cursors of lists: where a page ended, as the page said it. What no page said is the caller's mistake, not a failure. */
import { and, eq, lt, or } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { invalidInput } from "@/server/domain/errors";

/** Of a list by number. @throws DomainError `invalid_input`. */
export function numberCursor(cursor: string): number {
  if (!/^\d{1,15}$/.test(cursor)) throw badCursor(cursor);
  return Number(cursor);
}

/**
 * What comes after the cursor `atMs.id` in a list by time and then id, both falling; everything without a cursor.
 *
 * @throws DomainError `invalid_input`.
 */
export function afterCursor(columns: { at: SQLiteColumn; id: SQLiteColumn }, cursor: string | undefined) {
  if (cursor === undefined) return undefined;
  const [, atText, id] = /^(\d{1,15})\.(\w{1,64})$/.exec(cursor) ?? [];
  if (id === undefined) throw badCursor(cursor);
  const at = Number(atText);
  return or(lt(columns.at, at), and(eq(columns.at, at), lt(columns.id, id)));
}

/** The refusal of a cursor, for lists that write theirs in another way. */
export function badCursor(cursor: string): Error {
  const message = `${cursor} is no cursor of this list: send the nextCursor of the page before, or none`;
  return invalidInput(message, [{ pointer: "/cursor", message }]);
}
