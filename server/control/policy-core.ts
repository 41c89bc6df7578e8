/** What the verbs on policies share: who may let a version through, and which states a version can be in. */
import { z } from "zod";
import type { Issue } from "@/server/domain/errors";
import { countWords } from "@/server/domain/words/count-words";
import type { Policy } from "@/server/domain/policy/policy";
import { isSameParty, type Identity } from "@/server/domain/rollout/approval";
import { ROLES, type Role } from "@/server/domain/vocabulary";
import type { ControlReader } from "@/server/store/control/database";
import { findProposal, listPolicyChanges, versionInForce } from "@/server/store/control/policies";
import { listTokens } from "@/server/store/control/tokens";
import { listUsers } from "@/server/store/control/users";
import type { ControlContext } from "./context";

/**
 * `in_force`: new rollouts take it. `pending`: it loosens a rollback rule and waits for another person. `rejected`: that
 * person said no. `replaced`: it was in force, or proposed, before another version came.
 */
const POLICY_STATES = ["in_force", "pending", "rejected", "replaced"] as const;
export const PolicyState = z.enum(POLICY_STATES);
export type PolicyState = z.output<typeof PolicyState>;

/** The least role that may put a policy, and let one through. */
export const POLICY_ROLE: Role = "release_manager";

/** Somebody who may put and approve policies. */
export interface Approver {
  readonly id: string;
  readonly name: string;
}

/** People with the role, and tokens that hold it and still work. */
function everyApprover(db: ControlReader, nowMs: number): Approver[] {
  const people = listUsers(db).filter(({ role }) => mayApprove(role));
  const tokens = listTokens(db).filter(
    ({ role, revokedAtMs, expiresAtMs }) =>
      revokedAtMs === null && (expiresAtMs === null || expiresAtMs > nowMs) && mayApprove(role),
  );
  return [...people, ...tokens].map(({ id, name }) => ({ id, name }));
}

/** Everyone who may approve what `author` puts: all others who hold the role, not those of the same name. */
export function otherApprovers(db: ControlReader, { author, nowMs }: { author: Identity; nowMs: number }): Approver[] {
  return everyApprover(db, nowMs).filter(({ id, name }) => id !== author.id && !isSameParty(author, name));
}

/** Whether a role suffices to put and approve policies. */
export function mayApprove(role: string | null): boolean {
  const rank = ROLES.findIndex((one) => one === role);
  return rank >= ROLES.indexOf(POLICY_ROLE);
}

/** What became of one version of a policy; undefined for one that was never put. */
export function policyState(
  db: ControlReader,
  { name, version }: { name: string; version: number },
): PolicyState | undefined {
  if (versionInForce(db, name) === version) return "in_force";
  if (findProposal(db, name)?.version === version) return "pending";
  const last = listPolicyChanges(db, name).findLast((change) => change.version === version);
  if (last === undefined) return undefined;
  return last.kind === "rejected" ? "rejected" : "replaced";
}

/** Whether the version has been in force at some time: nothing else may judge a rollout. */
export function wasInForce(db: ControlReader, { name, version }: { name: string; version: number }): boolean {
  return listPolicyChanges(db, name).some(
    (change) => change.version === version && (change.kind === "in_force" || change.kind === "approved"),
  );
}

/**
 * Approvals that nobody could ever give, each with what to do. Generous: that a rollout's author and starter are excluded
 * is known only when there is one, so only what cannot be met by anybody is refused.
 */
export function unsatisfiableApprovals(
  { db, nowMs, actor }: Pick<ControlContext, "db" | "nowMs" | "actor">,
  { policy, document }: { policy: Policy; document: Record<string, unknown> },
): Issue[] {
  const others = everyApprover(db, nowMs).filter(({ id }) => id !== actor.id);
  // Who puts a policy holds the role, whether it is a person, a token or a test's.
  const names = [...(actor.role === null ? [] : [actor.name]), ...others.map(({ name }) => name)];
  const written = Array.isArray(document["steps"]) ? (document["steps"] as unknown[]) : [];
  const most = Math.max(0, ...policy.steps.map((step) => (step.kind === "approval" ? step.required : 0)));
  if (actor.role === null || most <= names.length) return [];
  return written.flatMap((step, index): Issue[] => {
    const required = requiredOf(step);
    if (required <= names.length) return [];
    const message = `asks for ${countWords(required, "approval")}, but ${holders(names)}: add a member with that role, or ask for fewer`;
    return [{ pointer: `/steps/${index}/approval/required`, message }];
  });
}

function holders(names: readonly string[]): string {
  const role = `the role ${POLICY_ROLE} or higher`;
  return names.length === 1 ? `only ${names[0] ?? ""} has ${role}` : `only ${names.length} have ${role}`;
}

const ApprovalStep = z.object({ approval: z.object({ required: z.number() }) });

function requiredOf(step: unknown): number {
  const read = ApprovalStep.safeParse(step);
  return read.success ? read.data.approval.required : 0;
}
