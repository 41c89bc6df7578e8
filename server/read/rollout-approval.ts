/** Who may answer a paused rollout, in words, and which answers still count. The verb checks it all again. */
import { sinceExtension } from "@/server/control/approval-core";
import { isSameParty, type Identity } from "@/server/domain/rollout/approval";
import { requiredApprovals } from "@/server/domain/rollout/steps";
import type { Role } from "@/server/domain/vocabulary";
import { ROLES } from "@/server/domain/vocabulary";
import { listApprovals, type ApprovalRow } from "@/server/store/control/evaluations";
import { listProvenance } from "@/server/store/control/releases";
import { actorOf } from "./actor";
import type { ReadDeps } from "./deps";
import type { LoadedRollout } from "./rollout-summary";
import type { RolloutView } from "./rollout-view";

/** Whoever looks at the page. */
export interface Viewer extends Identity {
  readonly role: Role | null;
}

const NEEDED: Role = "release_manager";

/** Every answer, oldest first, with whether it still counts. */
export function approvalViews({ control }: ReadDeps, loaded: LoadedRollout): RolloutView["approvals"] {
  const answers = listApprovals(control, { rolloutId: loaded.row.id });
  const present = answers.filter(({ stepIndex }) => stepIndex === loaded.row.stepIndex);
  const fresh = new Set(sinceExtension(present).map(({ id }) => id));
  return answers.map((answer) => ({
    by: actorOf(answer),
    at: answer.atMs,
    verdict: answer.verdict,
    reason: answer.reason,
    stepIndex: answer.stepIndex,
    counts: counts(answer, { loaded, fresh }),
    auditSeq: answer.auditSeq,
  }));
}

/** An answer of an ended rollout or an earlier step has done its work; one of this step counts while its evidence holds. */
function counts(
  { id, stepIndex, verdict, evidenceHash }: ApprovalRow,
  { loaded, fresh }: { loaded: LoadedRollout; fresh: ReadonlySet<number> },
): boolean {
  if (loaded.row.endedAtMs !== null || stepIndex !== loaded.row.stepIndex || verdict === "extend") return true;
  return fresh.has(id) && evidenceHash === loaded.evidenceHash;
}

/** Null unless the rollout waits for an answer. */
export function approvalState(
  deps: ReadDeps,
  {
    loaded,
    approvals,
    viewer,
  }: { loaded: LoadedRollout; approvals: RolloutView["approvals"]; viewer: Viewer | undefined },
): RolloutView["approval"] {
  const { row, policy } = loaded;
  if (row.state !== "paused") return null;
  const given = approvals.filter((one) => one.counts && one.verdict === "approve" && one.stepIndex === row.stepIndex);
  const excluded = policy.allowSelfApproval ? [] : interestedParties(deps, loaded);
  return {
    required: requiredApprovals(policy, row),
    given: loaded.approved,
    eligibility: eligibilityWords(excluded),
    viewer: viewer === undefined ? null : viewerEligibility(viewer, { excluded, given }),
    evidenceHash: loaded.evidenceHash,
  };
}

interface Party {
  /** As it is written where it was found: an author line, a user's id. */
  readonly written: readonly string[];
  readonly label: string;
  readonly why: string;
}

/** Rule 8: never the candidate's author nor the one who started the rollout. A release without an author has a registrant. */
function interestedParties({ control }: ReadDeps, { row }: LoadedRollout): Party[] {
  const records = listProvenance(control, { application: row.application, releaseId: row.candidateId });
  const authors = new Set(records.map(({ author, registeredBy }) => author ?? registeredBy));
  const starter = {
    written: [row.startedById, row.startedByName],
    label: row.startedByName,
    why: "started the rollout",
  };
  return [...[...authors].map((author) => ({ written: [author], label: author, why: "wrote the candidate" })), starter];
}

function eligibilityWords(excluded: readonly Party[]): string {
  const rule = `Anyone with the role ${NEEDED} or higher may approve`;
  if (excluded.length === 0) return `${rule}.`;
  return `${rule}, but ${excluded.map(({ label, why }) => `not ${label}, who ${why}`).join(", and ")}.`;
}

function viewerEligibility(
  viewer: Viewer,
  { excluded, given }: { excluded: readonly Party[]; given: RolloutView["approvals"] },
): { eligible: boolean; reason: string } {
  if (viewer.role === null || ROLES.indexOf(viewer.role) < ROLES.indexOf(NEEDED)) {
    return { eligible: false, reason: `You have the role ${viewer.role ?? "none"}; approving needs ${NEEDED}.` };
  }
  const party = excluded.find(({ written }) => written.some((text) => isSameParty(viewer, text)));
  if (party !== undefined) return { eligible: false, reason: `You ${party.why}: it needs someone else.` };
  if (given.some(({ by }) => by.id === viewer.id)) {
    return { eligible: false, reason: "You have approved already: it needs someone else." };
  }
  return { eligible: true, reason: "You may approve." };
}
