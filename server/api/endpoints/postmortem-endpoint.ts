/** The draft of a postmortem as a document to keep, or as data. */
import { z } from "zod";
import { READ } from "@/server/api/access";
import { sendJson } from "@/server/api/rest/answer";
import type { RoutedExchange } from "@/server/api/rest/route";
import { closedObject, parseInput } from "@/server/domain/input";
import { postmortemMarkdown, PostmortemView, readPostmortem } from "@/server/read/postmortem";
import type { Endpoint, EndpointDeps } from "./endpoint";

const PostmortemQuery = closedObject({ format: z.enum(["markdown", "json"]).default("json") });

export function postmortemEndpoint(deps: EndpointDeps): Endpoint {
  return {
    method: "GET",
    path: "/api/v1/incidents/{incidentId}/postmortem",
    access: READ,
    summary: "The draft of an incident's postmortem, from the record alone",
    query: PostmortemQuery,
    answers: [
      {
        status: 200,
        description: "Data; with format=markdown a text/markdown document",
        mediaType: "application/json",
        schema: PostmortemView,
      },
    ],
    serve: (exchange) => Promise.resolve(answerPostmortem(deps, exchange)),
  };
}

function answerPostmortem(deps: EndpointDeps, { params, url, response }: RoutedExchange): void {
  const { format } = parseInput(PostmortemQuery, Object.fromEntries(url.searchParams), "the query");
  const postmortem = readPostmortem({ ...deps, nowMs: deps.clock() }, { incidentId: params["incidentId"] ?? "" });
  if (format === "json") {
    sendJson(response, { status: 200, body: JSON.stringify(PostmortemView.parse(postmortem)) });
    return;
  }
  const body = postmortemMarkdown(postmortem);
  sendJson(response, { status: 200, body, headers: { "content-type": "text/markdown; charset=utf-8" } });
}
