/** Which component versions releases contain: every reference, read off the releases themselves. */
import { and, count, eq, gt, max, min, or, sql } from "drizzle-orm";
import { releaseComponents, releases } from "@/db/control/schema/registry";
import type { ControlReader, Page } from "./database";
import { pageOf } from "./database";

/** One version of a component, as an application's releases use it. */
export interface ComponentRow {
  application: string;
  kind: string;
  /** `name@version`, with `#digest` where one was given. */
  reference: string;
  releases: number;
  firstAtMs: number;
  lastAtMs: number;
}

export interface ComponentFilter {
  application?: string;
  /** `tool_schema` finds `tool_schema/search` too. */
  kind?: string;
  /** Without the version. */
  name?: string;
  limit: number;
  /** The key of the last shown row. */
  cursor?: string;
}

/** By application, kind and reference. */
export function listComponents(db: ControlReader, filter: ComponentFilter): Page<ComponentRow> {
  const { application, kind, name, cursor, limit } = filter;
  const columns = releaseComponents;
  // A key cannot hold a line feed before the last part: slugs and kinds are single lines.
  const key = sql<string>`${columns.application} || char(10) || ${columns.kind} || char(10) || ${columns.reference}`;
  const rows = db
    .select({
      application: columns.application,
      kind: columns.kind,
      reference: columns.reference,
      releases: count(),
      firstAtMs: min(releases.createdAtMs),
      lastAtMs: max(releases.createdAtMs),
    })
    .from(columns)
    .innerJoin(releases, and(eq(releases.application, columns.application), eq(releases.id, columns.releaseId)))
    .where(
      and(
        application === undefined ? undefined : eq(columns.application, application),
        kind === undefined ? undefined : or(eq(columns.kind, kind), startsWith(columns.kind, `${kind}/`)),
        name === undefined ? undefined : startsWith(columns.reference, `${name}@`),
        cursor === undefined ? undefined : gt(key, cursor),
      ),
    )
    .groupBy(columns.application, columns.kind, columns.reference)
    .orderBy(key)
    .limit(limit + 1)
    .all()
    // A group has at least one release.
    .map((row) => ({ ...row, firstAtMs: row.firstAtMs ?? 0, lastAtMs: row.lastAtMs ?? 0 }));
  return pageOf(rows, { limit, keyOf: (row) => `${row.application}\n${row.kind}\n${row.reference}` });
}

type TextColumn = typeof releaseComponents.kind | typeof releaseComponents.reference;

/** Not LIKE: names may hold its wildcards. */
function startsWith(column: TextColumn, prefix: string) {
  return sql`substr(${column}, 1, length(${prefix})) = ${prefix}`;
}
