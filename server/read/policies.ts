/** Policies: the list of names with their version in force, and one version with what it says and what became of it. */
import type { z } from "zod";
import { mayApprove, otherApprovers, POLICY_ROLE, policyState, type PolicyState } from "@/server/control/policy-core";
import { policyTextOf } from "@/server/control/policy-text";
import { loosenedBy } from "@/server/control/put-policy";
import { notFound } from "@/server/domain/errors";
import { PolicyName } from "@/server/domain/ids";
import { describePolicy, describeThreshold, evidenceWords } from "@/server/domain/policy/describe-policy";
import { parsePolicy, type Policy } from "@/server/domain/policy/policy";
import { policyChanges } from "@/server/domain/policy/policy-changes";
import { isSameParty } from "@/server/domain/rollout/approval";
import type { ThresholdAction } from "@/server/domain/vocabulary";
import {
  findPolicy,
  findProposal,
  listPolicies,
  listPolicyChanges,
  type PolicyChangeRow,
  type PolicyRow,
} from "@/server/store/control/policies";
import { countRolloutsByPolicy, lastRollbackUnder, listLiveRollouts } from "@/server/store/control/rollouts";
import { actorOf } from "./actor";
import type { ReadDeps } from "./deps";
import { measuredFalseAlarms } from "./measured-false-alarms";
import type { PolicySummaryView, PolicyView } from "./policy-view";
import { releaseRefs } from "./release-ref";
import type { Viewer } from "./rollout-approval";

/** The version in force of every policy, by name; tens. */
export function policyList(deps: ReadDeps): z.input<typeof PolicySummaryView>[] {
  const { control } = deps;
  const live = listLiveRollouts(control);
  const names = [...new Set(listPolicies(control).map(({ name }) => name))];
  return names.flatMap((name) => {
    const row = findPolicy(control, { name });
    if (row === undefined) return [];
    const read = readRow(row);
    return [
      {
        name,
        ...versionOf(row),
        sentences: describePolicy(read),
        pendingVersion: findProposal(control, name)?.version ?? null,
        rules: {
          rollback: countOf(read, "rollback"),
          pause: countOf(read, "pause_for_review"),
          notify: countOf(read, "notify"),
        },
        liveRollouts: live.filter(({ policyName }) => policyName === name).length,
        lastRollbackAt: lastRollbackUnder(control, name) ?? null,
      },
    ];
  });
}

/**
 * @param input.version the version in force without it.
 * @param input.viewer whoever asks, to say whether they may approve.
 * @throws DomainError `not_found` for an unknown name or version.
 */
export function policy(
  deps: ReadDeps,
  input: { name: string; version?: number; viewer: Viewer },
): z.input<typeof PolicyView> {
  const { control } = deps;
  const { name } = input;
  const row = findPolicy(control, input);
  const inForce = findPolicy(control, { name });
  if (row === undefined || inForce === undefined) {
    throw notFound("policy", input.version === undefined ? name : `${name}@${input.version}`);
  }
  const read = readRow(row);
  const used = countRolloutsByPolicy(control, name);
  const versions = listPolicies(control).filter((one) => one.name === name);
  return {
    name,
    ...versionOf(row),
    state: stateOf(deps, row),
    inForceVersion: inForce.version,
    sentences: describePolicy(read),
    rules: read.thresholds.map((threshold) => ({
      id: threshold.id,
      action: threshold.action,
      dryRun: threshold.dryRun,
      sentence: describeThreshold(threshold, read.evidence),
    })),
    document: row.document,
    text: row.text ?? policyTextOf(row.document),
    changes: row.version === inForce.version ? [] : policyChanges(readRow(inForce), read),
    versions: versions
      .toReversed()
      .map((one) => ({ ...versionOf(one), state: stateOf(deps, one), rollouts: used.get(one.version) ?? 0 })),
    history: listPolicyChanges(control, name).toReversed().map(historyOf),
    proposal: proposalOf(deps, { inForce, viewer: input.viewer }),
    uses: usesOf(deps, name),
    promise: evidenceWords(read),
    falseAlarms: measuredFalseAlarms(deps, { name, version: row.version, alpha: read.alpha }),
  };
}

function proposalOf(
  deps: ReadDeps,
  { inForce, viewer }: { inForce: PolicyRow; viewer: Viewer },
): z.input<typeof PolicyView>["proposal"] {
  const proposal = findProposal(deps.control, inForce.name);
  const row = proposal === undefined ? undefined : findPolicy(deps.control, proposal);
  if (proposal === undefined || row === undefined) return null;
  const next = readRow(row);
  return {
    version: row.version,
    by: actorOf(proposal),
    at: proposal.atMs,
    reason: proposal.reason,
    loosens: loosenedBy(inForce, next),
    changes: policyChanges(readRow(inForce), next),
    viewer: eligibility(deps, { proposal, viewer }),
  };
}

function eligibility(
  { control, nowMs }: ReadDeps,
  { proposal, viewer }: { proposal: PolicyChangeRow; viewer: Viewer },
): { eligible: boolean; reason: string } {
  const author = { id: proposal.actorId, name: proposal.actorName };
  const who = otherApprovers(control, { author, nowMs })
    .map(({ name }) => name)
    .join(", ");
  if (isSameParty(viewer, author.id) || isSameParty(viewer, author.name)) {
    return { eligible: false, reason: `You put it: somebody else has to approve it (${who}).` };
  }
  return mayApprove(viewer.role)
    ? { eligible: true, reason: "You may approve it." }
    : { eligible: false, reason: `Needs the role ${POLICY_ROLE} or higher: ${who} may approve it.` };
}

function usesOf({ control }: ReadDeps, name: string): z.input<typeof PolicyView>["uses"] {
  return listLiveRollouts(control)
    .filter(({ policyName }) => policyName === name)
    .map(({ application, alias, id, candidateId, policyVersion, state }) => ({
      application,
      alias,
      rolloutId: id,
      candidate: releaseRefs(control, application)(candidateId),
      version: policyVersion,
      state,
    }));
}

function stateOf({ control }: ReadDeps, row: PolicyRow): PolicyState {
  return policyState(control, row) ?? "replaced";
}

function historyOf(row: PolicyChangeRow): z.input<typeof PolicyView>["history"][number] {
  const { version, kind, atMs, reason, auditSeq } = row;
  return { version, kind, at: atMs, by: actorOf(row), reason, auditSeq };
}

function versionOf({ version, createdAtMs, createdBy }: PolicyRow): {
  version: number;
  createdAt: number;
  createdBy: string;
} {
  return { version, createdAt: createdAtMs, createdBy };
}

function countOf({ thresholds }: Policy, action: ThresholdAction): number {
  return thresholds.filter((threshold) => threshold.action === action && !threshold.dryRun).length;
}

function readRow(row: PolicyRow): Policy {
  return parsePolicy(row.document, PolicyName.parse(row.name));
}
