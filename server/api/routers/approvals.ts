/** What waits for an approval. Answers are given to the rollouts themselves. */
import { z } from "zod";
import { READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { ApprovalsView, readApprovals } from "@/server/read/approvals";

export const approvalsRouter = createRouter({
  list: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/approvals",
      summary:
        "Paused rollouts that wait for an answer, the longest waiting first; with `mine`, those the caller may answer",
    },
    input: closedObject({ application: ApplicationId, mine: z.boolean().optional() }),
    output: ApprovalsView,
  }).query(({ ctx, input }) => readApprovals(ctx, { ...input, viewer: ctx.actor })),
});
