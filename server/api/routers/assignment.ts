/** Which release serves a subject. */
import { z } from "zod";
import { GATEWAY_READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import { AliasName, ApplicationId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { aliasServing, assignSubject, AssignmentView } from "@/server/read/assignment";

export const assignmentRouter = createRouter({
  get: procedure({
    access: GATEWAY_READ,
    rest: {
      method: "GET",
      path: "/api/v1/applications/{application}/assignment",
      summary: "The track and release for a subject",
    },
    input: closedObject({
      application: ApplicationId,
      alias: AliasName.default(AliasName.parse("production")),
      subject: z.string().min(1, "the subject that the request is for").max(1024),
    }),
    output: AssignmentView,
  }).query(({ ctx, input }) => assignSubject(aliasServing(ctx.control, input), input.subject)),
});
