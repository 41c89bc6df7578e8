/** Rolling back. */
import { createRouter, procedure } from "@/server/api/trpc";
import { rollback, RollbackInput, RollbackOutput } from "@/server/control/rollback";

export const rollbackRouter = createRouter({
  execute: procedure({
    access: { role: "on_call", scopes: [] },
    rest: {
      method: "POST",
      path: "/api/v1/applications/{application}/rollback",
      summary: "Roll an alias back; again within five minutes answers with the rollback just done",
    },
    input: RollbackInput,
    output: RollbackOutput,
  }).mutation(({ ctx, input }) => ctx.write(rollback, input)),
});
