/** Rolling back: what it would do, doing it, and what has come of it. */
import { z } from "zod";
import { READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import {
  proposePartialRollback,
  ProposePartialRollbackInput,
  ProposePartialRollbackOutput,
} from "@/server/control/propose-partial-rollback";
import { rollback, RollbackInput, RollbackOutput } from "@/server/control/rollback";
import { AliasName, ApplicationId, ReleaseId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { definedOnly } from "@/server/read/defined-only";
import { readRollbackPreview } from "@/server/read/rollback-preview";
import { RollbackPreviewView, RollbackProgressView } from "@/server/read/rollback-preview-view";
import { readRollbackProgress } from "@/server/read/rollback-progress";

const PATH = "/api/v1/applications/{application}/rollback";

export const rollbackRouter = createRouter({
  preview: procedure({
    access: READ,
    rest: { method: "GET", path: PATH, summary: "What a rollback would do: target, changes, whom it touches" },
    input: closedObject({
      application: ApplicationId,
      alias: AliasName.optional(),
      toReleaseId: ReleaseId.optional(),
      /** What the caller saw; when the alias has moved since, the answer says what happened instead. */
      revision: z.number().int().min(0).optional(),
    }),
    output: RollbackPreviewView,
  }).query(({ ctx, input }) => readRollbackPreview(ctx, definedOnly(input))),

  execute: procedure({
    access: { role: "on_call", scopes: [] },
    rest: {
      method: "POST",
      path: PATH,
      summary: "Roll an alias back; again within five minutes answers with the rollback just done",
    },
    input: RollbackInput,
    output: RollbackOutput,
  }).mutation(({ ctx, input }) => ctx.write(rollback, input)),

  propose: procedure({
    access: { role: "on_call", scopes: [] },
    rest: {
      method: "POST",
      path: `${PATH}/partial`,
      summary: "Register the release that takes back one changed component; it serves nothing yet",
      createdField: "created",
    },
    input: ProposePartialRollbackInput,
    output: ProposePartialRollbackOutput,
  }).mutation(({ ctx, input }) => ctx.write(proposePartialRollback, input)),

  progress: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/incidents/{incidentId}/rollback",
      summary: "How far an incident's rollback has come, by ledger, telemetry and outbox",
    },
    input: closedObject({ incidentId: z.string().min(1).max(64) }),
    output: RollbackProgressView,
  }).query(({ ctx, input }) => readRollbackProgress(ctx, input)),
});
