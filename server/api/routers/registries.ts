/** Model registries: which of their aliases follow ours, and what happened there. */
import { READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import { putRegistryLink, PutRegistryLinkInput, PutRegistryLinkOutput } from "@/server/control/put-registry-link";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { readRegistries, RegistriesView } from "@/server/read/registries";

export const registriesRouter = createRouter({
  list: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/applications/{application}/registry-links",
      summary: "Registry aliases that follow ours, with what was written and seen there",
    },
    input: closedObject({ application: ApplicationId }),
    output: RegistriesView,
  }).query(({ ctx, input }) => readRegistries(ctx, input.application)),

  link: procedure({
    access: { role: "admin", scopes: [] },
    rest: {
      method: "PUT",
      path: "/api/v1/applications/{application}/registry-links/{alias}/{kind}",
      summary: "Let an alias of a registered model follow a component of one of our aliases",
      createdField: "created",
    },
    input: PutRegistryLinkInput,
    output: PutRegistryLinkOutput,
  }).mutation(({ ctx, input }) => ctx.write(putRegistryLink, input)),
});
