/** API tokens. They have no path in the JSON API: an answer that holds a token must not be kept for a repeated call. */
import { z } from "zod";
import { NoInput } from "@/server/domain/input";
import { createRouter, procedure } from "@/server/api/trpc";
import { createToken, CreateTokenInput, CreateTokenOutput } from "@/server/control/create-token";
import { revokeToken, RevokeTokenInput, RevokeTokenOutput } from "@/server/control/revoke-token";
import { tokenList, TokenView } from "@/server/read/tokens";

const ADMIN = { role: "admin", scopes: [] } as const;

export const tokensRouter = createRouter({
  list: procedure({
    access: ADMIN,
    input: NoInput,
    output: z.object({ items: z.array(TokenView) }),
  }).query(({ ctx }) => ({ items: tokenList(ctx) })),

  create: procedure({
    access: ADMIN,
    input: CreateTokenInput,
    output: CreateTokenOutput,
  }).mutation(({ ctx, input }) => ctx.write(createToken, input)),

  revoke: procedure({
    access: ADMIN,
    input: RevokeTokenInput,
    output: RevokeTokenOutput,
  }).mutation(({ ctx, input }) => ctx.write(revokeToken, input)),
});
