/** What approving and rejecting a version of a policy share: which version waits, and how the answer is written. */
import { z } from "zod";
import { conflict, forbidden, notFound, preconditionFailed } from "@/server/domain/errors";
import { PolicyName } from "@/server/domain/ids";
import { closedObject } from "@/server/domain/input";
import { parsePolicy } from "@/server/domain/policy/policy";
import { isSameParty } from "@/server/domain/rollout/approval";
import { addPolicyChange, findPolicy, findProposal, type PolicyChangeRow } from "@/server/store/control/policies";
import type { ControlContext } from "./context";
import { Reason, writeAudit, type Act } from "./perform";
import { PolicyState } from "./policy-core";
import { loosenedBy } from "./put-policy";

export const AnswerPolicyInput = closedObject({
  name: PolicyName,
  /** The version that was looked at. */
  version: z.number().int().min(1),
  /** The version in force that it was compared with; refused when another one has come into force since. */
  inForceVersion: z.number().int().min(1).optional(),
  reason: Reason,
});
export type AnswerPolicyInput = z.input<typeof AnswerPolicyInput>;
type Given = z.output<typeof AnswerPolicyInput>;

export const AnswerPolicyOutput = z.object({
  name: PolicyName,
  version: z.number().int(),
  inForceVersion: z.number().int(),
  state: PolicyState,
});
export type AnswerPolicyOutput = z.output<typeof AnswerPolicyOutput>;

/**
 * Writes the answer.
 *
 * @throws DomainError `forbidden` for an approval by its author; `conflict` when the version does not wait for an answer;
 *   `precondition_failed` when it was compared with another version than the one in force.
 */
export function answerPolicy(
  act: Act,
  { given, kind }: { given: Given; kind: "approved" | "rejected" },
): AnswerPolicyOutput {
  const { name, version, reason } = given;
  const { actor, nowMs } = act.context;
  const proposal = requireProposal(act, given);
  if (kind === "approved") requireOther(act.context, proposal);
  const auditSeq = write(act, { given, kind });
  addPolicyChange(act.tx, { name, version, kind, atMs: nowMs, actor, reason, auditSeq });
  const inForceVersion = findPolicy(act.tx, { name })?.version ?? version;
  return { name, version, inForceVersion, state: kind === "approved" ? "in_force" : "rejected" };
}

function requireProposal({ tx }: Act, { name, version, inForceVersion }: Given): PolicyChangeRow {
  if (findPolicy(tx, { name, version }) === undefined) throw notFound("policy", `${name}@${version}`);
  const proposal = findProposal(tx, name);
  if (proposal?.version !== version) {
    const waiting = proposal === undefined ? "no version of it does" : `version ${proposal.version} does`;
    throw conflict(`version ${version} of ${name} does not wait for an answer: ${waiting}`);
  }
  const current = findPolicy(tx, { name })?.version;
  if (inForceVersion !== undefined && inForceVersion !== current) {
    throw preconditionFailed(`version ${current ?? 0} of ${name} has come into force since you looked: look again`);
  }
  return proposal;
}

function requireOther({ actor }: ControlContext, { actorId, actorName, version }: PolicyChangeRow): void {
  if (!isSameParty(actor, actorId) && !isSameParty(actor, actorName)) return;
  throw forbidden(`${actor.name} put version ${version}: somebody else has to approve what it loosens`);
}

function write(act: Act, { given, kind }: { given: Given; kind: "approved" | "rejected" }): number {
  const { name, version, reason } = given;
  const before = findPolicy(act.tx, { name });
  const proposed = findPolicy(act.tx, { name, version });
  const loosened = proposed === undefined ? [] : loosenedBy(before, parsePolicy(proposed.document, name));
  return writeAudit(act, {
    action: kind === "approved" ? "policy.approved" : "policy.rejected",
    target: `policy/${name}`,
    before: { inForce: before?.version ?? null },
    after: {
      version,
      inForce: kind === "approved" ? version : (before?.version ?? null),
      loosens: loosened.map(({ sentence }) => sentence),
    },
    reason,
  });
}
