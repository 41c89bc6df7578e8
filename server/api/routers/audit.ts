/** The audit log. */
import { z } from "zod";
import { READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject, NoInput } from "@/server/domain/input";
import { TimeInput } from "@/server/domain/time";
import { verifyAudit } from "@/server/control/verify-audit";
import { auditKey, auditPage, auditWitness, checkpointPage } from "@/server/read/audit";
import {
  AuditKeyView,
  AuditPageView,
  AuditVerifyView,
  AuditWitnessView,
  CheckpointPageView,
} from "@/server/read/audit-view";
import { definedOnly } from "@/server/read/defined-only";
import { pageInput } from "@/server/read/page";

export const auditRouter = createRouter({
  list: procedure({
    access: READ,
    rest: { method: "GET", path: "/api/v1/audit", summary: "Entries, newest first; with `after`, oldest first" },
    input: closedObject({
      ...pageInput,
      /** Only entries with a greater `seq`, oldest first. */
      after: z.number().int().min(0).optional(),
      /** `application/deploy-assistant` and everything below it. */
      target: z.string().min(1).max(300).optional(),
      action: z.string().min(1).max(100).optional(),
      actorId: z.string().min(1).max(100).optional(),
      from: TimeInput.optional(),
      to: TimeInput.optional(),
    }),
    output: AuditPageView,
  }).query(({ ctx, input: { from, to, ...filter } }) =>
    auditPage(ctx, definedOnly({ ...filter, fromMs: from, toMs: to })),
  ),

  verify: procedure({
    access: READ,
    rest: { method: "GET", path: "/api/v1/audit/verify", summary: "Recompute the whole hash chain" },
    input: NoInput,
    output: AuditVerifyView,
  }).query(async ({ ctx }) => ({ ...(await verifyAudit(ctx.control)), verifiedAt: ctx.nowMs })),

  checkpoints: procedure({
    access: READ,
    rest: { method: "GET", path: "/api/v1/audit/checkpoints", summary: "Signed checkpoints of the log, newest first" },
    input: closedObject(pageInput),
    output: CheckpointPageView,
  }).query(({ ctx, input }) => checkpointPage(ctx, definedOnly(input))),

  witness: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/audit/witness",
      summary: "Whether an application's git repository keeps the checkpoints, and up to which",
    },
    input: closedObject({ application: ApplicationId }),
    output: AuditWitnessView,
  }).query(({ ctx, input }) => auditWitness(ctx, input)),

  key: procedure({
    access: READ,
    rest: { method: "GET", path: "/api/v1/audit/key", summary: "The public key that signs checkpoints" },
    input: NoInput,
    output: AuditKeyView,
  }).query(({ ctx }) => auditKey(ctx)),
});
