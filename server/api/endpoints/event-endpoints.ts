/** Tells open pages what to fetch again. It carries no data of its own: pages ask the procedures, as on first load. */
import { z } from "zod";
import { READ } from "@/server/api/access";
import { lastEventId, openEventStream } from "@/server/api/live/event-stream";
import type { RoutedExchange } from "@/server/api/rest/route";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { readChangeMarks, type ChangeMarks } from "@/server/store/control/changes";
import type { Endpoint, EndpointDeps } from "./endpoint";

const EventsQuery = closedObject({ application: ApplicationId });

/** New telemetry is told at most this often, ms. */
const TELEMETRY_EVERY_MS = 2_000;

const TOPICS = ["overview", "rollouts", "aliases", "incidents", "audit", "telemetry"] as const;
type Topic = (typeof TOPICS)[number];
const Invalidation = z.object({ topics: z.array(z.enum(TOPICS)) });

export function eventEndpoints(deps: EndpointDeps): Endpoint[] {
  return [
    {
      method: "GET",
      path: "/api/v1/events",
      access: READ,
      summary: "What has changed of an application, as Server-Sent Events",
      query: EventsQuery,
      answers: [
        {
          status: 200,
          description: "`invalidate` events whose topics name what to fetch again",
          mediaType: "text/event-stream",
          schema: Invalidation,
        },
      ],
      serve: (exchange) => Promise.resolve(streamChanges(deps, exchange)),
    },
  ];
}

function streamChanges(deps: EndpointDeps, exchange: RoutedExchange): void {
  const { application } = parseInput(EventsQuery, Object.fromEntries(exchange.url.searchParams), "the query");
  const held = lastEventId(exchange.request.headers["last-event-id"]);
  const stream = openEventStream(exchange.response, deps.shutdown);
  let id = held ?? 0;
  const invalidate = (topics: readonly Topic[]): void => {
    if (topics.length === 0) return;
    id += 1;
    stream.send({ id, event: "invalidate", data: { topics } });
  };

  let marks = readChangeMarks(deps.control, application);
  let newestMs = deps.telemetry.newestRequestMs(application);
  const unsubscribe = deps.feed.subscribe(() => {
    const now = readChangeMarks(deps.control, application);
    invalidate(changedTopics(marks, now));
    marks = now;
  });
  const telemetry = setInterval(() => {
    const now = deps.telemetry.newestRequestMs(application);
    if (now !== newestMs) invalidate(["overview", "telemetry"]);
    newestMs = now;
  }, TELEMETRY_EVERY_MS);
  stream.ended.addEventListener("abort", () => {
    unsubscribe();
    clearInterval(telemetry);
  });
  // Whoever comes back may have missed anything.
  if (held !== undefined) invalidate(TOPICS);
}

/** The overview shows something of everything; a release's registration reaches pages through the audit. */
function changedTopics(before: ChangeMarks, now: ChangeMarks): Topic[] {
  const changed = (["aliases", "rollouts", "incidents", "audit"] as const).filter((key) => before[key] !== now[key]);
  return changed.length === 0 ? [] : ["overview", ...changed];
}
