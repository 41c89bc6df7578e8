/** Rehearsals of the rollback: setting the scene, and how long it took people. */
import { READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import { startRehearsal, StartRehearsalInput, StartRehearsalOutput } from "@/server/control/start-rehearsal";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { readRehearsals, RehearsalsView } from "@/server/read/rehearsals";

const PATH = "/api/v1/applications/{application}/rehearsals";

export const rehearsalsRouter = createRouter({
  list: procedure({
    access: READ,
    rest: { method: "GET", path: PATH, summary: "Rehearsals of the rollback, with the time each took" },
    input: closedObject({ application: ApplicationId }),
    output: RehearsalsView,
  }).query(({ ctx, input }) => readRehearsals(ctx, input)),

  start: procedure({
    access: { role: "on_call", scopes: [] },
    rest: {
      method: "POST",
      path: PATH,
      summary: "Start a rehearsal: a broken canary in an application that no gateway serves",
      status: 201,
    },
    input: StartRehearsalInput,
    output: StartRehearsalOutput,
  }).mutation(({ ctx, input }) => ctx.write(startRehearsal, input)),
});
