/** Stored requests in pages, newest first. */
import type { RequestFilter } from "@/server/store/telemetry-reader";
import type { ReadDeps } from "./deps";
import type { RequestView } from "./request-trace-view";
import { requestView } from "./request-view";

/** Every member of the filter narrows. */
export function requestPage(
  { telemetry }: ReadDeps,
  input: RequestFilter & { limit: number; cursor?: string },
): { items: RequestView[]; nextCursor?: string } {
  const { limit, cursor, ...filter } = input;
  const page = telemetry.listRequests(filter, { limit, ...(cursor === undefined ? {} : { cursor }) });
  return { ...page, items: page.items.map(requestView) };
}
