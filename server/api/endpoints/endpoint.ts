/** Endpoints that are more than one call and one answer: conditional, streaming, or of another protocol. */
import type { z } from "zod";
import type { ApiDeps } from "@/server/api/context";
import type { ChangeFeed } from "@/server/api/live/change-feed";
import type { Route } from "@/server/api/rest/route";
import type { AppRouter } from "@/server/api/router";

/** What endpoints are built from, beside the procedures' own surroundings. */
export interface EndpointDeps extends ApiDeps {
  router: AppRouter;
  feed: ChangeFeed;
  /** Aborts when the process stops: open answers end then. */
  shutdown: AbortSignal;
}

interface EndpointAnswer {
  status: number;
  description: string;
  mediaType?: string;
  /** Of the answer, or of one line of it. */
  schema?: z.ZodType;
  /** What the query may ask for instead: text. */
  otherMediaTypes?: readonly string[];
}

/** A route with what the API description says about it. */
export interface Endpoint extends Route {
  summary: string;
  /** Path and query parameters. */
  query?: z.ZodObject;
  body?: z.ZodType;
  answers: readonly EndpointAnswer[];
}
