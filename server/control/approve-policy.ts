/** Puts a version in force that loosens a rollback rule: by another person than the one who put it. */
import { parseInput } from "@/server/domain/input";
import type { ControlContext } from "./context";
import { perform } from "./perform";
import { answerPolicy, AnswerPolicyInput, type AnswerPolicyOutput } from "./policy-answer";
import { POLICY_ROLE } from "./policy-core";
import { requireRole } from "./require-role";

/** @throws DomainError as `answerPolicy` says. */
export function approvePolicy(context: ControlContext, input: AnswerPolicyInput): AnswerPolicyOutput {
  requireRole(context.actor, { role: POLICY_ROLE });
  const given = parseInput(AnswerPolicyInput, input, "the answer");
  return perform(context, (act) => answerPolicy(act, { given, kind: "approved" }));
}
