/** Policies: their versions, what a draft would mean, and the answers to what loosens a rollback rule. */
import { z } from "zod";
import { READ } from "@/server/api/access";
import { createRouter, procedure } from "@/server/api/trpc";
import { approvePolicy } from "@/server/control/approve-policy";
import { AnswerPolicyInput, AnswerPolicyOutput } from "@/server/control/policy-answer";
import { POLICY_TEXT_LIMIT } from "@/server/control/policy-text";
import { putPolicy, PutPolicyInput, PutPolicyOutput } from "@/server/control/put-policy";
import { rejectPolicy } from "@/server/control/reject-policy";
import { ApplicationId, PolicyName, RolloutId } from "@/server/domain/ids";
import { closedObject, NoInput } from "@/server/domain/input";
import { definedOnly } from "@/server/read/defined-only";
import { policy, policyList } from "@/server/read/policies";
import { checkPolicy } from "@/server/read/policy-check";
import { dryRunPolicy, replayPolicy } from "@/server/read/policy-replay";
import {
  PolicyCheckView,
  PolicyDryRunView,
  PolicyListView,
  PolicyReplayView,
  PolicyView,
} from "@/server/read/policy-view";

const PolicyText = z.string().max(POLICY_TEXT_LIMIT, `a policy has at most ${POLICY_TEXT_LIMIT} characters`);
const Version = z.number().int().min(1);
/** A draft's text, or a stored version: the one in force where neither is given. */
const choice = { name: PolicyName, text: PolicyText.optional(), version: Version.optional() };
const MANAGER = { role: "release_manager", scopes: [] } as const;

export const policiesRouter = createRouter({
  list: procedure({
    access: READ,
    rest: { method: "GET", path: "/api/v1/policies", summary: "Every policy with its version in force" },
    input: NoInput,
    output: PolicyListView,
  }).query(({ ctx }) => ({ items: policyList(ctx) })),

  get: procedure({
    access: READ,
    rest: {
      method: "GET",
      path: "/api/v1/policies/{name}",
      summary: "One policy: the version in force or a given one",
    },
    input: closedObject({ name: PolicyName, version: Version.optional() }),
    output: PolicyView,
  }).query(({ ctx, input }) => policy(ctx, { ...definedOnly(input), viewer: ctx.actor })),

  put: procedure({
    access: MANAGER,
    rest: {
      method: "PUT",
      path: "/api/v1/policies/{name}",
      summary: "Put a policy document; the same document again is the same version",
      bodyField: "document",
    },
    input: PutPolicyInput,
    output: PutPolicyOutput,
  }).mutation(({ ctx, input }) => ctx.write(putPolicy, input)),

  approve: procedure({
    access: MANAGER,
    rest: {
      method: "POST",
      path: "/api/v1/policies/{name}/approve",
      summary: "Put a pending version in force; never by who put it",
    },
    input: AnswerPolicyInput,
    output: AnswerPolicyOutput,
  }).mutation(({ ctx, input }) => ctx.write(approvePolicy, input)),

  reject: procedure({
    access: MANAGER,
    rest: { method: "POST", path: "/api/v1/policies/{name}/reject", summary: "End the wait of a pending version" },
    input: AnswerPolicyInput,
    output: AnswerPolicyOutput,
  }).mutation(({ ctx, input }) => ctx.write(rejectPolicy, input)),

  // The three below change nothing; a text is too long for a query string.
  check: procedure({
    access: READ,
    rest: {
      method: "POST",
      path: "/api/v1/policies/{name}/check",
      summary: "Read a draft back: errors by line, sentences, what it loosens",
    },
    input: closedObject({ name: PolicyName, text: PolicyText, application: ApplicationId.optional() }),
    output: PolicyCheckView,
  }).mutation(({ ctx, input }) => checkPolicy(ctx, { ...input, actor: ctx.actor })),

  dryRun: procedure({
    access: READ,
    rest: {
      method: "POST",
      path: "/api/v1/policies/{name}/dry-run",
      summary: "What a draft or a version would say of the live rollouts",
    },
    input: closedObject({ ...choice, application: ApplicationId }),
    output: PolicyDryRunView,
  }).mutation(({ ctx, input: { application, ...chosen } }) => dryRunPolicy(ctx, { application, policy: chosen })),

  replay: procedure({
    access: READ,
    rest: {
      method: "POST",
      path: "/api/v1/policies/{name}/replay",
      summary: "What a draft or a version would have decided on a rollout",
    },
    input: closedObject({ ...choice, rolloutId: RolloutId }),
    output: PolicyReplayView,
  }).mutation(({ ctx, input: { rolloutId, ...chosen }, signal }) =>
    replayPolicy(ctx, { rolloutId, policy: chosen, signal }),
  ),
});
