/** May this candidate be promoted, by its golden-set results? */
import { createRouter, procedure } from "@/server/api/trpc";
import { checkGate, CheckGateInput, CheckGateOutput } from "@/server/control/check-gate";

export const gatesRouter = createRouter({
  check: procedure({
    access: { role: "viewer", scopes: ["ci", "read"] },
    rest: {
      method: "POST",
      path: "/api/v1/gates",
      summary: "Check a candidate's results against a baseline's and limits",
    },
    input: CheckGateInput,
    output: CheckGateOutput,
  }).mutation(({ ctx, input }) => ctx.write(checkGate, input)),
});
