/** The requests that a failed release answered while it was bad, as NDJSON or CSV: to tell whom it concerns. */
import { once } from "node:events";
import { z } from "zod";
import { READ } from "@/server/api/access";
import type { RoutedExchange } from "@/server/api/rest/route";
import { closedObject, parseInput } from "@/server/domain/input";
import { affectedRequests, csvLine, csvHead } from "@/server/read/incident-requests";
import { RequestView } from "@/server/read/request-trace-view";
import { requestView } from "@/server/read/request-view";
import type { Endpoint, EndpointDeps } from "./endpoint";

const ExportQuery = closedObject({
  format: z.enum(["ndjson", "csv"]).default("ndjson"),
  /** Only those that went wrong themselves. */
  bad: z.enum(["true", "false"]).default("false"),
});

export function incidentRequestsEndpoint(deps: EndpointDeps): Endpoint {
  return {
    method: "GET",
    path: "/api/v1/incidents/{incidentId}/requests",
    access: READ,
    summary: "The requests of an incident as NDJSON or CSV, newest first",
    query: ExportQuery,
    answers: [
      {
        status: 200,
        description: "One request a line; with format=csv text/csv",
        mediaType: "application/x-ndjson",
        schema: RequestView,
        otherMediaTypes: ["text/csv"],
      },
    ],
    serve: (exchange) => exportRequests(deps, exchange),
  };
}

async function exportRequests(deps: EndpointDeps, { params, url, response }: RoutedExchange): Promise<void> {
  const { format, bad } = parseInput(ExportQuery, Object.fromEntries(url.searchParams), "the query");
  const incidentId = params["incidentId"] ?? "";
  const pages = affectedRequests({ ...deps, nowMs: deps.clock() }, { incidentId, onlyBad: bad === "true" });
  // The first page is read before the answer begins, so that an unknown incident is still refused as one.
  let page = pages.next();
  response.writeHead(200, {
    "content-type": format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson",
    "cache-control": "no-store",
    "content-disposition": `attachment; filename="${incidentId.replaceAll(/\W/g, "")}.${format}"`,
  });
  if (format === "csv") response.write(csvHead());
  for (; page.done !== true && !response.destroyed && !deps.shutdown.aborted; page = pages.next()) {
    const lines = page.value.map((stored) =>
      format === "csv" ? csvLine(stored) : `${JSON.stringify(RequestView.parse(requestView(stored)))}\n`,
    );
    // Waits for a slow reader, or for its end; either way the loop looks again.
    if (!response.write(lines.join(""))) await Promise.race([once(response, "drain"), once(response, "close")]);
  }
  // A cut-off export must not look complete.
  if (page.done === true) response.end();
  else response.destroy();
}
