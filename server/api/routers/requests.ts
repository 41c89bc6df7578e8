/** Stored requests, and one request back to its manifest. */
import { z } from "zod";
import { READ } from "@/server/api/access";
import { SegmentInput } from "@/server/api/segment-input";
import { createRouter, procedure } from "@/server/api/trpc";
import { revealText, RevealTextInput, RevealTextOutput } from "@/server/control/reveal-text";
import { notFound } from "@/server/domain/errors";
import { ApplicationId, ReleaseId, RequestId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { TimeInput } from "@/server/domain/time";
import { REQUEST_STATUSES, TRACKS } from "@/server/domain/vocabulary";
import { definedOnly } from "@/server/read/defined-only";
import { pageInput, pageOf } from "@/server/read/page";
import { requestFacets, RequestFacetsView } from "@/server/read/request-facets";
import { traceRequest } from "@/server/read/request-trace";
import { RequestTraceView, RequestView } from "@/server/read/request-trace-view";
import { requestPage } from "@/server/read/requests";

export const requestsRouter = createRouter({
  list: procedure({
    access: READ,
    rest: { method: "GET", path: "/api/v1/requests", summary: "Requests as stored, newest first" },
    input: closedObject({
      ...pageInput,
      application: ApplicationId.optional(),
      releaseId: ReleaseId.optional(),
      track: z.enum(TRACKS).optional(),
      status: z.enum(REQUEST_STATUSES).optional(),
      from: TimeInput.optional(),
      to: TimeInput.optional(),
      segment: SegmentInput.optional(),
      traceId: z.string().min(1).max(64).optional(),
      responseId: z.string().min(1).max(256).optional(),
      /** As the gateway sent it; it is stored and compared hashed. */
      subject: z.string().min(1).max(1024).optional(),
    }),
    output: pageOf(RequestView),
  }).query(({ ctx, input: { from, to, ...input } }) =>
    requestPage(ctx, definedOnly({ ...input, fromMs: from, toMs: to })),
  ),

  facets: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/applications/{application}/request-facets",
      summary: "What the requests of a range are made of, with counts",
    },
    input: closedObject({ application: ApplicationId, from: TimeInput.optional(), to: TimeInput.optional() }),
    output: RequestFacetsView,
  }).query(({ ctx, input: { from, to, ...input } }) =>
    requestFacets(ctx, definedOnly({ ...input, fromMs: from, toMs: to })),
  ),

  reveal: procedure({
    access: { role: "on_call", scopes: [] },
    rest: {
      method: "POST",
      path: "/api/v1/applications/{application}/requests/{requestId}/text",
      summary: "Read the stored text of a request, with a reason; it is audited",
    },
    input: RevealTextInput,
    output: z.object({ ...RevealTextOutput.shape, input: z.string().nullable(), output: z.string().nullable() }),
  }).mutation(({ ctx, input: { application, requestId, reason } }) => {
    const stored = ctx.telemetry.findRequest({ application, requestId });
    if (stored === undefined || (stored.input === null && stored.output === null)) {
      throw notFound("stored text of request", requestId);
    }
    const { auditId } = ctx.write(revealText, { application, requestId, reason });
    return { auditId, input: stored.input, output: stored.output };
  }),

  trace: procedure({
    access: READ,
    rest: { method: "GET", path: "/api/v1/requests/{requestId}", summary: "One request, back to its manifest" },
    input: closedObject({ requestId: RequestId, application: ApplicationId.optional() }),
    output: RequestTraceView,
  }).query(({ ctx, input }) => traceRequest(ctx, definedOnly(input))),
});
