/** The registry of components: prompts, models, feature views and whatever else releases are made of. */
import { z } from "zod";
import { createRouter, procedure } from "@/server/api/trpc";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import {
  registerComponent,
  RegisterComponentInput,
  RegisterComponentOutput,
} from "@/server/control/register-component";
import { readComponentNames, readComponentVersions } from "@/server/read/component-versions";
import { readComponents, readComponentUsage } from "@/server/read/components";
import {
  ComponentNamesView,
  ComponentsView,
  ComponentUsageView,
  ComponentVersionsView,
} from "@/server/read/components-view";
import { definedOnly } from "@/server/read/defined-only";
import { pageInput } from "@/server/read/page";

const PIPELINE_READ = { role: "viewer", scopes: ["read", "ci"] } as const;
const Kind = z.string().min(1).max(128);

export const componentsRouter = createRouter({
  list: procedure({
    access: PIPELINE_READ,
    rest: {
      method: "GET",
      path: "/api/v1/components",
      summary: "Every version of every component, and how often it is used",
    },
    input: closedObject({
      ...pageInput,
      cursor: z.string().min(1).max(800).optional(),
      application: ApplicationId.optional(),
      /** `tool_schema` finds `tool_schema/search` too. */
      kind: Kind.optional(),
      /** Without the version. */
      name: z.string().min(1).max(512).optional(),
    }),
    output: ComponentsView,
  }).query(({ ctx, input }) => readComponents(ctx, definedOnly(input))),

  names: procedure({
    access: PIPELINE_READ,
    rest: {
      method: "GET",
      path: "/api/v1/components/names",
      summary: "An application's components, each with all its versions together",
    },
    input: closedObject({ application: ApplicationId }),
    output: ComponentNamesView,
  }).query(({ ctx, input }) => readComponentNames(ctx, input)),

  versions: procedure({
    access: PIPELINE_READ,
    rest: {
      method: "GET",
      path: "/api/v1/components/versions",
      summary: "One component's versions, and how the releases with each did",
    },
    input: closedObject({ application: ApplicationId, kind: Kind, name: z.string().min(1).max(512) }),
    output: ComponentVersionsView,
  }).query(({ ctx, input }) => readComponentVersions(ctx, input)),

  register: procedure({
    access: { role: "release_manager", scopes: ["ci"] },
    rest: {
      method: "POST",
      path: "/api/v1/components",
      summary: "Register a version of a component: its digest, where it is kept, what it is set up with",
      createdField: "created",
    },
    input: RegisterComponentInput,
    output: RegisterComponentOutput,
  }).mutation(({ ctx, input }) => ctx.write(registerComponent, input)),

  usage: procedure({
    access: PIPELINE_READ,
    rest: {
      method: "GET",
      path: "/api/v1/components/usage",
      summary: "Which releases contain a component, since when, and how they did",
    },
    input: closedObject({
      /** `deploy@2.4.1` */
      reference: z.string().min(1).max(600),
      application: ApplicationId.optional(),
      kind: Kind.optional(),
    }),
    output: ComponentUsageView,
  }).query(({ ctx, input }) => readComponentUsage(ctx, definedOnly(input))),
});
