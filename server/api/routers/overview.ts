/** The first page of an application. */
import { READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { readOverview } from "@/server/read/overview";
import { OverviewView } from "@/server/read/overview-view";

export const overviewRouter = createRouter({
  get: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/applications/{application}/overview",
      summary: "What serves now, what needs a person",
    },
    input: closedObject({ application: ApplicationId }),
    output: OverviewView,
  }).query(({ ctx, input }) => readOverview(ctx, input)),
});
