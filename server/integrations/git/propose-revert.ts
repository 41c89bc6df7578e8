/** Where the branch takes no push: the revert on a branch of its own, and a request to merge it. */
import {
  auditTrailer,
  commitMessage,
  revertBranch,
  revertSubject,
  type AliasRevert,
} from "@/server/domain/gitops/write-back";
import type { StoredRepository } from "@/server/store/control/gitops";
import type { GitAccess } from "./git-access";
import type { Mirror } from "./mirror";
import { compareUrl, hostOf, openPullRequest, type Proposal, type ProposalOutcome } from "./pull-request";
import { commitRevert, type Revert } from "./revert-commit";

/** `stale`: somebody else pushed to the branch meanwhile, look again. */
export type PushedProposal =
  | { readonly kind: "pushed"; readonly commit: string; readonly branch: string }
  | { readonly kind: "stale" }
  | { readonly kind: "impossible"; readonly problem: string };

/**
 * Pushes the revert to the incident's branch. A branch that is there and not merged is continued: another alias of the
 * same incident is on it.
 *
 * @throws Error when the remote takes no branch from us either.
 */
export async function pushProposal(
  mirror: Mirror,
  { head, work }: { head: string; work: Revert },
): Promise<PushedProposal> {
  const branch = revertBranch(work.revert);
  const existing = await mirror.head(branch);
  const known =
    existing === undefined ? undefined : await mirror.findMessage(existing, auditTrailer(work.revert.audit));
  if (known !== undefined) return { kind: "pushed", commit: known, branch };
  const isMerged = existing !== undefined && (await mirror.isIn(existing, head));
  const parent = existing === undefined || isMerged ? head : existing;
  const written = await commitRevert(mirror, { parent, work });
  if ("problem" in written) return { kind: "impossible", problem: written.problem };
  const outcome = await mirror.push({ commit: written.commit, branch, expected: existing ?? null });
  if (outcome.kind === "stale") return { kind: "stale" };
  if (outcome.kind === "refused") throw new Error(`the remote takes no push to ${branch} either: ${outcome.message}`);
  return { kind: "pushed", commit: written.commit, branch };
}

/**
 * Opens the request, or says how a person does.
 *
 * @throws Error when the host is in trouble; `fallback` holds meanwhile.
 */
export async function requestMerge(
  git: GitAccess,
  one: {
    repository: StoredRepository;
    revert: AliasRevert;
    branch: string;
    incidentUrl: string | null;
    signal: AbortSignal;
  },
): Promise<ProposalOutcome | { kind: "by_hand"; url: null; message: string }> {
  const { repository, revert, branch, incidentUrl, signal } = one;
  const byHand = mergeByHand(repository, branch);
  const host = hostOf(repository);
  const { token } = repository.credentials;
  if (host === undefined || token === undefined) return byHand;
  const proposal: Proposal = {
    branch,
    into: repository.branch,
    title: revertSubject(revert),
    body: [...(incidentUrl === null ? [] : [`Incident: ${incidentUrl}`, ""]), commitMessage(revert)].join("\n"),
  };
  return openPullRequest(host, { proposal, token: await git.secret(token), signal });
}

/** What a person does where no request can be opened: an address, or a command. */
export function mergeByHand(
  repository: StoredRepository,
  branch: string,
): { kind: "by_hand"; url: string; message: string } | { kind: "by_hand"; url: null; message: string } {
  const host = hostOf(repository);
  if (host !== undefined) {
    const url = compareUrl(host, { branch, into: repository.branch });
    return { kind: "by_hand", url, message: `open a request for ${branch} at ${url}` };
  }
  const command = `git fetch origin && git merge origin/${branch}`;
  return { kind: "by_hand", url: null, message: `merge ${branch} into ${repository.branch}: ${command}` };
}
