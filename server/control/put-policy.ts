/**
 * Stores a policy document: the same document again is the same version, another one is the next. A version that loosens
 * a rollback rule of the one in force waits until another person approves it; everything else is in force at once.
 */
import { z } from "zod";
import { invalidInput, type Issue } from "@/server/domain/errors";
import { PolicyName } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { loosens, Loosening } from "@/server/domain/policy/loosens";
import { parsePolicy, policyDigest, type Policy } from "@/server/domain/policy/policy";
import {
  addPolicy,
  addPolicyChange,
  findPolicy,
  findPolicyByDigest,
  newestVersion,
  type PolicyRow,
} from "@/server/store/control/policies";
import type { ControlContext } from "./context";
import { DEFAULT_POLICY } from "./default-policy";
import { perform, Reason, writeAudit, type Act } from "./perform";
import { otherApprovers, POLICY_ROLE, policyState, PolicyState, unsatisfiableApprovals } from "./policy-core";
import { POLICY_TEXT_LIMIT, readPolicyText } from "./policy-text";
import { requireRole } from "./require-role";

export const PutPolicyInput = closedObject({
  name: PolicyName,
  /** The policy file's content, parsed, or its text: YAML or JSON, whose errors are given with line and column. */
  document: z.union([z.string().max(POLICY_TEXT_LIMIT), z.record(z.string(), z.unknown())], {
    error: "must be a policy document: an object, or its text",
  }),
  /** Why, for the audit log and for who approves. */
  reason: Reason.optional(),
});
export type PutPolicyInput = z.input<typeof PutPolicyInput>;
type Given = z.output<typeof PutPolicyInput>;

export const PutPolicyOutput = z.object({
  name: PolicyName,
  version: z.number().int(),
  /** The version that new rollouts take; another one than `version` while this one waits for its approval. */
  inForceVersion: z.number().int(),
  state: PolicyState,
  created: z.boolean(),
  /** What it takes away from the rollback rules of the version that was in force. */
  loosens: z.array(Loosening),
  /** What became of it, in words. */
  message: z.string(),
});
export type PutPolicyOutput = z.output<typeof PutPolicyOutput>;

/** @throws DomainError `invalid_input` with a pointer to each wrong value of the document; for a text, its place too. */
export function putPolicy(context: ControlContext, input: PutPolicyInput): PutPolicyOutput {
  requireRole(context.actor, { role: POLICY_ROLE, automatic: ["system"] });
  const given = parseInput(PutPolicyInput, input, "the policy");
  const content = readContent(context, given);
  return perform(context, (act) => {
    const { name } = given;
    const row = findPolicyByDigest(act.tx, { name, digest: content.digest });
    const state = row === undefined ? undefined : policyState(act.tx, { name, version: row.version });
    // What git declares is put again with every commit; only a person brings an old version back.
    const isSettled = state === "in_force" || state === "pending" || context.actor.kind === "system";
    return row !== undefined && state !== undefined && isSettled
      ? unchanged(act, { row, state })
      : put(act, { given, content, row });
  });
}

interface Content {
  readonly document: Record<string, unknown>;
  readonly policy: Policy;
  readonly digest: string;
}

function readContent(context: ControlContext, { name, document: written }: Given): Content {
  const unsatisfiable = (content: Omit<Content, "digest">): readonly Issue[] =>
    unsatisfiableApprovals(context, content);
  if (typeof written === "string") {
    const content = readPolicyText(written, { name, furtherIssues: unsatisfiable });
    return { ...content, digest: digestOf(content.document) };
  }
  const content = { document: written, policy: parsePolicy(written, name) };
  const digest = digestOf(written);
  const [first, ...more] = unsatisfiable(content);
  if (first === undefined) return { ...content, digest };
  throw invalidInput(`the policy is not valid: ${first.pointer}: ${first.message}`, [first, ...more]);
}

function digestOf(document: Record<string, unknown>): string {
  try {
    return policyDigest(document);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalidInput(`the policy is not valid: ${error.message}`, [{ pointer: "", message: error.message }]);
  }
}

function unchanged({ tx }: Act, { row, state }: { row: PolicyRow; state: PolicyState }): PutPolicyOutput {
  const { name, version } = row;
  const inForce = findPolicy(tx, { name })?.version ?? version;
  const message = `The document is version ${version} as it stands: nothing was changed.`;
  return {
    name: PolicyName.parse(name),
    version,
    inForceVersion: inForce,
    state,
    created: false,
    loosens: [],
    message,
  };
}

function put(
  act: Act,
  { given, content, row }: { given: Given; content: Content; row: PolicyRow | undefined },
): PutPolicyOutput {
  const { tx, context } = act;
  const { name } = given;
  const before = findPolicy(tx, { name });
  const loosened = loosenedBy(before, content.policy);
  const others = otherApprovers(tx, { author: context.actor, nowMs: context.nowMs });
  const isPending = loosened.length > 0 && others.length > 0;
  const text = typeof given.document === "string" ? given.document : null;
  const stored = row ?? addVersion(act, { name, document: content.document, digest: content.digest, text });
  const { version } = stored;
  writeChange(act, { given, before, row: stored, loosened, isPending });
  return {
    name,
    version,
    inForceVersion: isPending ? (before?.version ?? version) : version,
    state: isPending ? "pending" : "in_force",
    created: row === undefined,
    loosens: loosened,
    message: outcomeWords({ version, before, loosened, others: others.map((other) => other.name) }),
  };
}

/** The audit entry, and what the version became by it. */
function writeChange(
  act: Act,
  change: { given: Given; before: PolicyRow | undefined; row: PolicyRow; loosened: Loosening[]; isPending: boolean },
): void {
  const { given, before, row, loosened, isPending } = change;
  const { name, version, document } = row;
  const auditSeq = writeAudit(act, {
    action: isPending ? "policy.proposed" : "policy.put",
    target: `policy/${name}`,
    ...(before === undefined ? {} : { before: { version: before.version, document: before.document } }),
    after: {
      version,
      document,
      ...(loosened.length === 0 ? {} : { loosens: loosened.map(({ sentence }) => sentence) }),
      // Two people cannot be asked for where there is one; the log says that nobody was.
      ...(loosened.length > 0 && !isPending ? { approvedBy: null } : {}),
    },
    ...(given.reason === undefined ? {} : { reason: given.reason }),
  });
  const { actor, nowMs } = act.context;
  const kind = isPending ? "proposed" : "in_force";
  addPolicyChange(act.tx, { name, version, kind, atMs: nowMs, actor, reason: given.reason ?? null, auditSeq });
}

/** What a document takes away from the version in force. The built-in policy is nobody's decision: it is replaced freely. */
export function loosenedBy(before: PolicyRow | undefined, next: Policy): Loosening[] {
  if (before === undefined || before.digest === policyDigest(DEFAULT_POLICY)) return [];
  return loosens(parsePolicy(before.document, next.name), next);
}

function outcomeWords(outcome: {
  version: number;
  before: PolicyRow | undefined;
  loosened: readonly Loosening[];
  others: readonly string[];
}): string {
  const { version, before, loosened, others } = outcome;
  if (loosened.length === 0) return `Version ${version} is in force for rollouts that start from now on.`;
  if (others.length === 0) {
    return `Version ${version} is in force. It loosens a rollback rule, and nobody else has the role to approve that.`;
  }
  const who = others.length <= 3 ? others.join(" or ") : `one of ${others.length} people and tokens`;
  return `Version ${version} loosens a rollback rule and waits for ${who} to approve it; version ${before?.version ?? version} stays in force.`;
}

/** Stores the built-in policy and puts it in force; the verb that first needs it writes the document to its audit entry. */
export function storeBuiltIn(
  act: Act,
  { name, document }: { name: string; document: Record<string, unknown> },
): PolicyRow {
  const row = addVersion(act, { name, document, digest: policyDigest(document), text: null });
  const { version } = row;
  const { actor, nowMs } = act.context;
  addPolicyChange(act.tx, { name, version, kind: "in_force", atMs: nowMs, actor, reason: null, auditSeq: null });
  return row;
}

function addVersion(
  { tx, context }: Act,
  content: { name: string; document: Record<string, unknown>; digest: string; text: string | null },
): PolicyRow {
  const row: PolicyRow = {
    ...content,
    version: newestVersion(tx, content.name) + 1,
    createdAtMs: context.nowMs,
    createdBy: context.actor.name,
  };
  addPolicy(tx, row);
  return row;
}
