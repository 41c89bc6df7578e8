/** A draft of a policy read back: what is wrong and where, what it says, and what publishing it would do. Changes nothing. */
import { otherApprovers, unsatisfiableApprovals } from "@/server/control/policy-core";
import { policyTextOf, readPolicyText, type PolicyContent } from "@/server/control/policy-text";
import { loosenedBy } from "@/server/control/put-policy";
import type { Actor } from "@/server/control/context";
import { DomainError } from "@/server/domain/errors";
import type { ApplicationId, PolicyName } from "@/server/domain/ids";
import { describePolicy } from "@/server/domain/policy/describe-policy";
import type { Loosening } from "@/server/domain/policy/loosens";
import { parsePolicy, policyDigest, type Policy } from "@/server/domain/policy/policy";
import { policyChanges } from "@/server/domain/policy/policy-changes";
import { diffLines } from "@/server/domain/prompt/text-diff";
import { listAliases } from "@/server/store/control/aliases";
import { findPolicy, findPolicyByDigest, findProposal, type PolicyRow } from "@/server/store/control/policies";
import type { ReadDeps } from "./deps";
import { forecast } from "./forecast";
import type { PolicyCheckView } from "./policy-view";

export interface PolicyDraft {
  readonly name: PolicyName;
  readonly text: string;
  /** Whose traffic is looked at, for what is likely to disappoint. */
  readonly application?: ApplicationId | undefined;
}

/** @param actor who would publish it. */
export function checkPolicy(deps: ReadDeps, draft: PolicyDraft & { actor: Actor }): PolicyCheckView {
  const { control, nowMs } = deps;
  const { name, text, actor } = draft;
  const furtherIssues = (content: PolicyContent) => unsatisfiableApprovals({ db: control, nowMs, actor }, content);
  try {
    return readBack(deps, { ...draft, content: readPolicyText(text, { name, furtherIssues }) });
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== "invalid_input") throw error;
    const issues = error.issues
      .map(({ pointer, message, line, column }) => ({ pointer, message, line: line ?? null, column: column ?? null }))
      .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
    const nothing = {
      sentences: [],
      loosens: [],
      changes: [],
      diff: [],
      warnings: [],
      isUnchanged: false,
      needsApproval: false,
    };
    return { ...nothing, issues, outcome: "It cannot be published while it is not valid." };
  }
}

function readBack(deps: ReadDeps, draft: PolicyDraft & { actor: Actor; content: PolicyContent }): PolicyCheckView {
  const { control, nowMs } = deps;
  const { name, text, actor, application } = draft;
  const { policy, document } = draft.content;
  const inForce = findPolicy(control, { name });
  const loosened = loosenedBy(inForce, policy);
  const others = otherApprovers(control, { author: actor, nowMs });
  const known = findPolicyByDigest(control, { name, digest: digestOf(document) });
  const pendingVersion = findProposal(control, name)?.version;
  return {
    issues: [],
    sentences: describePolicy(policy),
    loosens: loosened,
    changes: inForce === undefined ? [] : policyChanges(parsePolicy(inForce.document, name), policy),
    diff: inForce === undefined ? [] : diffLines(inForce.text ?? policyTextOf(inForce.document), text),
    outcome: outcomeWords({ inForce, known, pendingVersion, loosened, others: others.map((other) => other.name) }),
    isUnchanged: known !== undefined && [inForce?.version, pendingVersion].includes(known.version),
    needsApproval: loosened.length > 0 && others.length > 0,
    warnings: application === undefined ? [] : warningsOf(deps, { policy, application }),
  };
}

/** Rules that cannot act: nobody sends what they look at, or its traffic is too thin. Only where something is served. */
function warningsOf(
  deps: ReadDeps,
  { policy, application }: { policy: Policy; application: ApplicationId },
): PolicyCheckView["warnings"] {
  const aliases = listAliases(deps.control, application);
  const served = aliases.find(({ alias }) => alias === "production") ?? aliases[0];
  if (served === undefined) return [];
  const { requestsPerSec, rules } = forecast(deps, {
    application,
    alias: served.alias,
    policy,
    version: null,
    controlId: served.releaseId,
  });
  if (requestsPerSec === null || policy.evidence === "window") return [];
  return rules.flatMap(({ rule, unknown, found, sentence }) =>
    unknown === null && found.some(({ seconds }) => seconds !== null) ? [] : [{ rule, message: sentence }],
  );
}

/** Undefined for a document that no two languages write alike; putting it says why. */
function digestOf(document: Record<string, unknown>): string {
  try {
    return policyDigest(document);
  } catch (error) {
    if (error instanceof RangeError) return "";
    throw error;
  }
}

function outcomeWords(outcome: {
  inForce: PolicyRow | undefined;
  known: PolicyRow | undefined;
  pendingVersion: number | undefined;
  loosened: readonly Loosening[];
  others: readonly string[];
}): string {
  const { inForce, known, pendingVersion, loosened, others } = outcome;
  if (inForce === undefined) return "It becomes version 1 and is in force at once.";
  if (known?.version === inForce.version) return `It says the same as version ${inForce.version}, which is in force.`;
  if (known !== undefined && known.version === pendingVersion) {
    return `It is version ${known.version}, which waits for an approval; version ${inForce.version} is in force.`;
  }
  const version = known === undefined ? "It becomes a new version" : `It is version ${known.version} again`;
  const keeps =
    "Rollouts that are under way keep the version they started with; evidence of a changed rule starts anew.";
  if (loosened.length === 0) return `${version} and is in force at once. ${keeps}`;
  if (others.length === 0) {
    return `${version} and is in force at once: it loosens a rollback rule, and nobody else has the role to approve that. ${keeps}`;
  }
  return `${version} and waits for ${others.join(" or ")} to approve what it loosens; version ${inForce.version} stays in force until then. ${keeps}`;
}
