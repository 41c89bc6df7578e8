/** Policies and their versions. */
import { z } from "zod";
import { READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import { putPolicy, PutPolicyInput, PutPolicyOutput } from "@/server/control/put-policy";
import { PolicyName } from "@/server/domain/ids";
import { closedObject, NoInput } from "@/server/domain/input";
import { policy, policyList, PolicySummaryView, PolicyView } from "@/server/read/policies";

export const policiesRouter = createRouter({
  list: procedure({
    access: READ,
    rest: { method: "GET", path: "/api/v1/policies", summary: "The newest version of every policy" },
    input: NoInput,
    output: z.object({ items: z.array(PolicySummaryView) }),
  }).query(({ ctx }) => ({ items: policyList(ctx) })),

  get: procedure({
    access: READ,
    rest: { method: "GET", path: "/api/v1/policies/{name}", summary: "One policy: the newest version or a given one" },
    input: closedObject({ name: PolicyName, version: z.number().int().min(1).optional() }),
    output: PolicyView,
  }).query(({ ctx, input: { name, version } }) => policy(ctx, { name, ...(version === undefined ? {} : { version }) })),

  put: procedure({
    access: { role: "release_manager", scopes: [] },
    rest: {
      method: "PUT",
      path: "/api/v1/policies/{name}",
      summary: "Put a policy document; the same document again is the same version",
      bodyField: "document",
    },
    input: PutPolicyInput,
    output: PutPolicyOutput,
  }).mutation(({ ctx, input }) => ctx.write(putPolicy, input)),
});
