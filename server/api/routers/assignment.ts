/** Which release serves a subject. */
import { GATEWAY_READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import { findAssignment, FindAssignmentInput, FindAssignmentOutput } from "@/server/control/find-assignment";

export const assignmentRouter = createRouter({
  get: procedure({
    access: GATEWAY_READ,
    rest: {
      method: "GET",
      path: "/api/v1/applications/{application}/assignment",
      summary: "The track and release for a subject",
    },
    input: FindAssignmentInput,
    output: FindAssignmentOutput,
  }).query(({ ctx, input }) => findAssignment(ctx.control, input)),
});
