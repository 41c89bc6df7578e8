/** Stores a policy document: the same document again is the same version, another one is the next. */
import { z } from "zod";
import { invalidInput } from "@/server/domain/errors";
import { PolicyName } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { parsePolicy, policyDigest } from "@/server/domain/policy/policy";
import { addPolicy, findPolicy, findPolicyByDigest, type PolicyRow } from "@/server/store/control/policies";
import type { ControlContext } from "./context";
import { perform, writeAudit, type Act } from "./perform";
import { requireRole } from "./require-role";

export const PutPolicyInput = closedObject({
  name: PolicyName,
  /** The policy file's content, parsed YAML or JSON. */
  document: z.record(z.string(), z.unknown(), { error: "must be a policy document: an object" }),
});
export type PutPolicyInput = z.input<typeof PutPolicyInput>;

export const PutPolicyOutput = z.object({
  name: PolicyName,
  version: z.number().int(),
  /** The version that new rollouts take; above `version` when an older document was put again. */
  newestVersion: z.number().int(),
  created: z.boolean(),
});
export type PutPolicyOutput = z.output<typeof PutPolicyOutput>;

/** @throws DomainError `invalid_input` with a pointer to each wrong value of the document. */
export function putPolicy(context: ControlContext, input: PutPolicyInput): PutPolicyOutput {
  requireRole(context.actor, { role: "release_manager", automatic: ["system"] });
  const { name, document } = parseInput(PutPolicyInput, input, "the policy");
  parsePolicy(document, name);
  const digest = digestOf(document);
  return perform(context, (act) => {
    const newest = findPolicy(act.tx, { name });
    const known = findPolicyByDigest(act.tx, { name, digest });
    if (known !== undefined) {
      return { name, version: known.version, newestVersion: newest?.version ?? known.version, created: false };
    }
    const { version } = storePolicy(act, { name, document });
    writeAudit(act, {
      action: "policy.put",
      target: `policy/${name}`,
      ...(newest === undefined ? {} : { before: { version: newest.version, document: newest.document } }),
      after: { version, document },
    });
    return { name, version, newestVersion: version, created: true };
  });
}

function digestOf(document: Record<string, unknown>): string {
  try {
    return policyDigest(document);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalidInput(`the policy is not valid: ${error.message}`, [{ pointer: "", message: error.message }]);
  }
}

/** Adds the next version of a policy; the caller has checked the document and writes the audit entry. */
export function storePolicy(
  { tx, context }: Act,
  { name, document }: { name: string; document: Record<string, unknown> },
): PolicyRow {
  const row: PolicyRow = {
    name,
    version: (findPolicy(tx, { name })?.version ?? 0) + 1,
    digest: policyDigest(document),
    document,
    createdAtMs: context.nowMs,
    createdBy: context.actor.name,
  };
  addPolicy(tx, row);
  return row;
}
