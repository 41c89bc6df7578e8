/** The whole audit log as NDJSON, in the very form that is hashed: what `switchback audit verify` reads offline. */
import { once } from "node:events";
import { z } from "zod";
import { READ } from "@/server/api/access";
import type { RoutedExchange } from "@/server/api/rest/route";
import { closedObject, parseInput } from "@/server/domain/input";
import { AuditEntryView } from "@/server/read/audit-view";
import { listAuditAfter, toAuditEntry } from "@/server/store/control/audit";
import type { Endpoint, EndpointDeps } from "./endpoint";

const ExportQuery = closedObject({
  /** Only entries with a greater `seq`. */
  after: z.coerce.number().int().min(0).optional(),
});

/** Read at once: large enough to be quick, small enough not to hold others up. */
const PAGE_ROWS = 500;

export function auditExportEndpoint(deps: EndpointDeps): Endpoint {
  return {
    method: "GET",
    path: "/api/v1/audit/export",
    access: READ,
    summary: "The audit log as NDJSON, oldest first",
    query: ExportQuery,
    answers: [
      { status: 200, description: "One entry a line", mediaType: "application/x-ndjson", schema: AuditEntryView },
    ],
    serve: (exchange) => exportAudit(deps, exchange),
  };
}

async function exportAudit(deps: EndpointDeps, { url, response }: RoutedExchange): Promise<void> {
  const { after } = parseInput(ExportQuery, Object.fromEntries(url.searchParams), "the query");
  response.writeHead(200, {
    "content-type": "application/x-ndjson",
    "cache-control": "no-store",
    "content-disposition": 'attachment; filename="switchback-audit.ndjson"',
  });
  let afterSeq = after ?? 0;
  while (!response.destroyed && !deps.shutdown.aborted) {
    const rows = listAuditAfter(deps.control, { afterSeq, limit: PAGE_ROWS });
    const newest = rows.at(-1);
    if (newest === undefined) {
      response.end();
      return;
    }
    afterSeq = newest.seq;
    const lines = rows.map((row) => `${JSON.stringify(toAuditEntry(row))}\n`).join("");
    // Waits for a slow reader, or for its end; either way the loop looks again.
    if (!response.write(lines)) await Promise.race([once(response, "drain"), once(response, "close")]);
  }
  // A cut-off export must not look complete.
  response.destroy();
}
