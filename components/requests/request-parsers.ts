/** The filters of the request list, as the address bar holds them, for the server and the browser. */
import { createLoader, parseAsString, parseAsStringLiteral, type inferParserType } from "nuqs/server";
import type { Inputs } from "@/components/data/outputs";

export const requestParsers = {
  releaseId: parseAsString,
  track: parseAsStringLiteral(["control", "canary", "shadow"] as const),
  status: parseAsStringLiteral(["ok", "error"] as const),
  /** RFC 3339, half-open. */
  from: parseAsString,
  to: parseAsString,
  /** `region=us-west`. */
  segment: parseAsString,
  traceId: parseAsString,
  subject: parseAsString,
};

export type RequestParams = inferParserType<typeof requestParsers>;

export const loadRequestParams = createLoader(requestParsers);

/** How many rows a page has. */
const PAGE_ROWS = 50;

type ListInput = NonNullable<Inputs["requests"]["list"]>;

/** What counts the values of the list: its range alone, so that a chosen value does not hide the others. */
export function facetsInput(application: string, { from, to }: RequestParams): Inputs["requests"]["facets"] {
  return { application, ...(from === null ? {} : { from }), ...(to === null ? {} : { to }) };
}

/** The API's input: only the filters that are set. */
export function requestsInput(application: string, params: RequestParams): ListInput {
  const given = Object.entries(params).filter(([, value]) => value !== null);
  // Every member has the type that its parser gave it; only the absent ones were left out.
  return { application, limit: PAGE_ROWS, ...Object.fromEntries(given) } as ListInput;
}
