/** Which component versions there are: every reference of a release, and every version that is known but used by none. */
import { sql } from "drizzle-orm";
import { releaseComponents, releases } from "@/db/control/schema/registry";
import { knownComponents } from "@/db/control/schema/component";
import type { ControlReader, Page } from "./database";
import { pageOf } from "./database";

/** One version of a component, as an application's releases use it. */
export interface ComponentRow {
  application: string;
  /** With its slot where a release gave it one; without for a version that no release uses. */
  kind: string;
  /** `name@version`, with `#digest` where one was given. */
  reference: string;
  /** 0 for a version that is known and not used. */
  releases: number;
  /** When a release with it was first and last registered; for an unused version, when it was first known. */
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
  // A key cannot hold a line feed before the last part: slugs and kinds are single lines.
  const key = sql`application || char(10) || kind || char(10) || reference`;
  const conditions = [
    sql`true`,
    ...(application === undefined ? [] : [sql`application = ${application}`]),
    ...(kind === undefined ? [] : [sql`(kind = ${kind} OR ${startsWith("kind", `${kind}/`)})`]),
    ...(name === undefined ? [] : [startsWith("reference", `${name}@`)]),
    ...(cursor === undefined ? [] : [sql`${key} > ${cursor}`]),
  ];
  const rows = db.all<ComponentRow>(sql`
    SELECT application, kind, reference, sum(used) AS releases, min(at_ms) AS firstAtMs, max(at_ms) AS lastAtMs
    FROM (${USED} UNION ALL ${UNUSED})
    WHERE ${sql.join(conditions, sql` AND `)}
    GROUP BY application, kind, reference ORDER BY ${key} LIMIT ${limit + 1}`);
  return pageOf(rows, { limit, keyOf: (row) => `${row.application}\n${row.kind}\n${row.reference}` });
}

const USED = sql`
  SELECT c.application, c.kind, c.reference, 1 AS used, r.created_at_ms AS at_ms
  FROM ${releaseComponents} c JOIN ${releases} r ON r.application = c.application AND r.id = c.release_id`;

/** Whatever slot or digest a release gave it, a used version is told by its release. */
const UNUSED = sql`
  SELECT k.application, k.kind, k.name || '@' || k.version, 0, k.seen_at_ms FROM ${knownComponents} k
  WHERE NOT EXISTS (SELECT 1 FROM ${releaseComponents} c WHERE c.application = k.application
    AND (c.kind = k.kind OR substr(c.kind, 1, length(k.kind) + 1) = k.kind || '/')
    -- Everything that starts with name@version#: $ is the character after #.
    AND (c.reference = k.name || '@' || k.version
      OR (c.reference >= k.name || '@' || k.version || '#' AND c.reference < k.name || '@' || k.version || '$')))`;

/** Not LIKE: names may hold its wildcards. */
function startsWith(column: "kind" | "reference", prefix: string) {
  return sql`substr(${sql.raw(column)}, 1, length(${prefix})) = ${prefix}`;
}
