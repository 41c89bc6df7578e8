/** Applications and their settings. */
import { z } from "zod";
import { NoInput } from "@/server/domain/input";
import { READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import { putApplication, PutApplicationInput, PutApplicationOutput } from "@/server/control/put-application";
import { applicationList, ApplicationView } from "@/server/read/applications";

export const applicationsRouter = createRouter({
  list: procedure({
    access: READ,
    rest: { method: "GET", path: "/api/v1/applications", summary: "Every application with its settings" },
    input: NoInput,
    output: z.object({ items: z.array(ApplicationView) }),
  }).query(({ ctx }) => ({ items: applicationList(ctx) })),

  put: procedure({
    access: { role: "release_manager", scopes: [] },
    rest: {
      method: "PUT",
      path: "/api/v1/applications/{application}",
      summary: "Create an application or change its settings",
      createdField: "created",
    },
    input: PutApplicationInput,
    output: PutApplicationOutput,
  }).mutation(({ ctx, input }) => ctx.write(putApplication, input)),
});
