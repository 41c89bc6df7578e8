/** Aliases: what serves, who moved it, and moving it by hand. The conditional read has an endpoint of its own. */
import { GATEWAY_READ, READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import { acknowledgeAlias, AcknowledgeAliasInput, AcknowledgeAliasOutput } from "@/server/control/acknowledge-alias";
import { moveAlias, MoveAliasInput, MoveAliasOutput } from "@/server/control/move-alias";
import { AliasName, ApplicationId } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { TimeInput } from "@/server/domain/time";
import { aliasHistory, AliasHistoryView } from "@/server/read/alias-history";
import { aliasState, AliasStateView } from "@/server/read/alias-state";
import { definedOnly } from "@/server/read/defined-only";
import { pageInput } from "@/server/read/page";

const aliasInput = { application: ApplicationId, alias: AliasName };

export const aliasesRouter = createRouter({
  get: procedure({
    access: GATEWAY_READ,
    input: closedObject(aliasInput),
    output: AliasStateView,
  }).query(({ ctx, input }) => aliasState(ctx.control, input)),

  history: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/applications/{application}/aliases/{alias}/history",
      summary: "Every move of an alias, newest first; with `at`, also the move in force then",
    },
    input: closedObject({ ...aliasInput, ...pageInput, at: TimeInput.optional() }),
    output: AliasHistoryView,
  }).query(({ ctx, input: { at, ...input } }) => aliasHistory(ctx, definedOnly({ ...input, atMs: at }))),

  move: procedure({
    access: { role: "on_call", scopes: [] },
    rest: {
      method: "PUT",
      path: "/api/v1/applications/{application}/aliases/{alias}",
      summary: "Move an alias by hand; on-call with cause break_glass, else release managers",
      revisionField: "expectedRevision",
    },
    input: MoveAliasInput,
    output: MoveAliasOutput,
  }).mutation(({ ctx, input }) => ctx.write(moveAlias, input)),

  acknowledge: procedure({
    access: { role: "release_manager", scopes: ["gateway"] },
    rest: {
      method: "POST",
      path: "/api/v1/applications/{application}/aliases/{alias}/acks",
      summary: "A gateway says which revision it runs",
    },
    input: AcknowledgeAliasInput,
    output: AcknowledgeAliasOutput,
  }).mutation(({ ctx, input }) => ctx.write(acknowledgeAlias, input)),
});
