/** A postmortem as data, as Markdown, or as one HTML page that needs nothing else. */
import { z } from "zod";
import { READ } from "@/server/api/access";
import { sendJson } from "@/server/api/rest/answer";
import type { RoutedExchange } from "@/server/api/rest/route";
import { closedObject, parseInput } from "@/server/domain/input";
import { exportHtml } from "@/server/domain/postmortem/export-html";
import { exportMarkdown } from "@/server/domain/postmortem/export-markdown";
import { readPostmortem, readPostmortemExport } from "@/server/read/postmortem";
import { PostmortemView } from "@/server/read/postmortem-view";
import type { Endpoint, EndpointDeps } from "./endpoint";

const PostmortemQuery = closedObject({
  format: z.enum(["markdown", "json", "html"]).default("json"),
  /** An older version as it was; the newest without it. */
  version: z.coerce.number().int().positive().optional(),
});

/** The page has no script and loads nothing; its one style sheet is inside it. */
const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function postmortemEndpoint(deps: EndpointDeps): Endpoint {
  return {
    method: "GET",
    path: "/api/v1/incidents/{incidentId}/postmortem",
    access: READ,
    summary: "An incident's postmortem: the record's draft, or what people made of it",
    query: PostmortemQuery,
    answers: [
      {
        status: 200,
        description: "Data; with format=markdown text/markdown, with format=html a self-contained page",
        mediaType: "application/json",
        schema: PostmortemView,
        otherMediaTypes: ["text/markdown", "text/html"],
      },
    ],
    serve: (exchange) => Promise.resolve(answerPostmortem(deps, exchange)),
  };
}

function answerPostmortem(deps: EndpointDeps, { params, url, response }: RoutedExchange): void {
  const { format, version } = parseInput(PostmortemQuery, Object.fromEntries(url.searchParams), "the query");
  const query = { incidentId: params["incidentId"] ?? "", version };
  const reading = { ...deps, nowMs: deps.clock() };
  if (format === "json") {
    sendJson(response, { status: 200, body: JSON.stringify(PostmortemView.parse(readPostmortem(reading, query))) });
    return;
  }
  const document = readPostmortemExport(reading, { ...query, baseUrl: deps.publicUrl });
  const name = `postmortem-${document.incidentId}`;
  if (format === "markdown") {
    const headers = { ...inline(`${name}.md`), "content-type": "text/markdown; charset=utf-8" };
    sendJson(response, { status: 200, body: exportMarkdown(document), headers });
    return;
  }
  const headers = {
    ...inline(`${name}.html`),
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": PAGE_POLICY,
  };
  sendJson(response, { status: 200, body: exportHtml(document), headers });
}

/** Shown by a browser, and saved under a name that says what it is. */
function inline(name: string): { "content-disposition": string } {
  return { "content-disposition": `inline; filename="${name}"` };
}
