/** Request records as stored, newest first, narrowed by what people know of the one they look for. */
import { z } from "zod";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { TimeInput } from "@/server/domain/time";
import { REQUEST_STATUSES, TRACKS } from "@/server/domain/vocabulary";
import { definedOnly } from "./defined-only";
import type { ReadDeps } from "./deps";
import { pageInput, pageOf } from "./page";
import { RequestView } from "./request-trace-view";
import { requestView } from "./request-view";
import { SegmentInput } from "./segment-input";

const Name = z.string().min(1).max(128);

/** Every field narrows. `from` is included, `to` is not. */
export const RequestListInput = closedObject({
  ...pageInput,
  application: ApplicationId.optional(),
  releaseId: Name.optional(),
  track: z.enum(TRACKS).optional(),
  status: z.enum(REQUEST_STATUSES).optional(),
  from: TimeInput.optional(),
  to: TimeInput.optional(),
  segment: SegmentInput.optional(),
  traceId: Name.optional(),
  /** The provider's id of the response. */
  responseId: Name.optional(),
  /** As the gateway sent it; only its hash is stored and compared. */
  subject: z.string().min(1).max(512).optional(),
});
export type RequestListInput = z.output<typeof RequestListInput>;

export const RequestListView = pageOf(RequestView);
export type RequestListView = z.input<typeof RequestListView>;

/** One page of request records. */
export function listRequestRecords({ telemetry }: ReadDeps, input: RequestListInput): RequestListView {
  const { limit, cursor, from, to, ...narrow } = input;
  const filter = definedOnly({ ...narrow, fromMs: from, toMs: to });
  const page = telemetry.listRequests(filter, definedOnly({ limit, cursor }));
  return { ...page, items: page.items.map(requestView) };
}
