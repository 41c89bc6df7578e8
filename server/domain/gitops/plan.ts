/**
 * What applying a commit would change: new releases, the policy, alias moves, and what is refused. Pure, so that a pull
 * request and the apply after its merge decide alike.
 */
import { z } from "zod";
import type { ComponentMap } from "@/server/domain/release/component-map";
import { componentMap } from "@/server/domain/release/component-map";
import { describeChange, diffComponents } from "@/server/domain/release/manifest-diff";
import { lintVersions } from "@/server/domain/prompt/lint";
import { describePolicy } from "@/server/domain/policy/describe-policy";
import { parsePolicy, policyDigest } from "@/server/domain/policy/policy";
import { ALIAS_MOVE_CAUSES, type RolloutState } from "@/server/domain/vocabulary";
import { type DeclaredAlias, type DeclaredPolicy, type DesiredState, isGuarded } from "./desired-state";
import { Finding } from "./finding";

/** Why a release may not come back to an alias until a person says so. */
export const Quarantine = z.object({
  alias: z.string(),
  releaseId: z.string(),
  cause: z.enum(ALIAS_MOVE_CAUSES),
  reason: z.string(),
  incidentId: z.string().nullable(),
  sinceMs: z.number().int(),
});
export type Quarantine = z.output<typeof Quarantine>;

/** A release that did not get past a gate or a person. */
export interface StoppedRollout {
  readonly alias: string;
  readonly releaseId: string;
  readonly rolloutId: string;
  readonly state: RolloutState;
}

/** What runs, as far as a plan depends on it. */
export interface RunningState {
  readonly application: string;
  readonly registered: ReadonlySet<string>;
  /** Component maps of the releases that aliases point at. */
  readonly components: ReadonlyMap<string, ComponentMap>;
  readonly aliases: ReadonlyMap<string, { readonly releaseId: string; readonly revision: number }>;
  /** Live rollouts by alias. */
  readonly rollouts: ReadonlyMap<
    string,
    { readonly id: string; readonly candidateId: string; readonly state: RolloutState }
  >;
  readonly quarantines: readonly Quarantine[];
  /** Rollouts that a person or a gate ended, where no later one of the same release on the alias went otherwise. */
  readonly stopped: readonly StoppedRollout[];
  /** The newest version of a policy by its name. */
  readonly policy: (
    name: string,
  ) => { readonly version: number; readonly document: Record<string, unknown> } | undefined;
  /** Whether some version of the policy has the digest. */
  readonly hasPolicy: (name: string, digest: string) => boolean;
  /** Prompts by reference: on the branch as it was last read, and in registered releases. */
  readonly branchPrompts: ReadonlyMap<string, string>;
  readonly releasedPrompts: ReadonlyMap<string, readonly { readonly digest: string; readonly releaseId: string }[]>;
}

/**
 * `first`: nothing serves yet, the alias is set at once; `rollout`: a rollout starts; `move`: set at once, because the
 * policy does not guard the alias; `running`: a rollout of the release is live; `waiting`: another one is.
 */
const ALIAS_ACTIONS = ["in_sync", "first", "rollout", "move", "running", "waiting", "refused"] as const;

const PlannedAlias = z.object({
  alias: z.string(),
  environment: z.string(),
  path: z.string(),
  reference: z.string(),
  fromReleaseId: z.string().nullable(),
  toReleaseId: z.string().nullable(),
  action: z.enum(ALIAS_ACTIONS),
  /** In words, for people. */
  message: z.string(),
  /** The live rollout, where there is one. */
  rolloutId: z.string().nullable(),
  /** The incident that a refusal goes back to. */
  incidentId: z.string().nullable(),
});
export type PlannedAlias = z.output<typeof PlannedAlias>;

const PlannedRelease = z.object({
  reference: z.string(),
  releaseId: z.string(),
  path: z.string(),
  /** Against the release that the first alias naming it serves now. */
  changes: z.array(z.string()),
});

const PlannedPolicy = z.object({
  name: z.string(),
  path: z.string(),
  fromVersion: z.number().int().nullable(),
  /** Sentences of the policy that come and go. */
  added: z.array(z.string()),
  removed: z.array(z.string()),
});

/** `refused`: an error, or an alias that may not move; nothing else about the commit is refused with an alias. */
const PLAN_VERDICTS = ["in_sync", "changes", "refused"] as const;

export const Plan = z.object({
  application: z.string(),
  commit: z.string(),
  verdict: z.enum(PLAN_VERDICTS),
  releases: z.array(PlannedRelease),
  policy: PlannedPolicy.nullable(),
  aliases: z.array(PlannedAlias),
  findings: z.array(Finding),
});
export type Plan = z.output<typeof Plan>;

/** Compares what a commit declares with what runs. */
export function planChanges(desired: DesiredState, running: RunningState): Plan {
  const known = { onBranch: running.branchPrompts, released: running.releasedPrompts };
  const findings = [...desired.findings, ...policyFindings(desired.policy), ...lintVersions(desired.prompts, known)];
  const releases = desired.releases
    .filter(({ releaseId }) => !running.registered.has(releaseId))
    .map((release) => ({
      reference: release.reference,
      releaseId: release.releaseId,
      path: release.path,
      changes: changesFrom(
        servedBefore(release.releaseId, desired, running),
        componentMap(release.components, release.digests),
      ),
    }));
  const policy = planPolicy(desired.policy, running, findings);
  const aliases = desired.aliases.map((alias) => planAlias(alias, desired, running));
  const refused =
    findings.some(({ severity }) => severity === "error") || aliases.some(({ action }) => action === "refused");
  const changes = releases.length > 0 || policy !== null || aliases.some(({ action }) => CHANGING.has(action));
  const verdict = refused ? "refused" : changes ? "changes" : "in_sync";
  return { application: desired.application, commit: desired.commit, verdict, releases, policy, aliases, findings };
}

const CHANGING: ReadonlySet<PlannedAlias["action"]> = new Set(["first", "rollout", "move", "waiting"]);

/** Errors keep a commit from being applied at all; a refused alias does not keep the others from theirs. */
export function hasErrors(plan: Plan): boolean {
  return plan.findings.some(({ severity }) => severity === "error");
}

function servedBefore(releaseId: string, desired: DesiredState, running: RunningState): ComponentMap | undefined {
  const naming = desired.aliases.find((alias) => alias.releaseId === releaseId);
  const served = naming === undefined ? undefined : running.aliases.get(naming.alias);
  return served === undefined ? undefined : running.components.get(served.releaseId);
}

function changesFrom(before: ComponentMap | undefined, after: ComponentMap): string[] {
  if (before === undefined) return [];
  const { added, removed, changed } = diffComponents(before, after);
  return [...changed, ...added, ...removed].map(describeChange);
}

function policyFindings(policy: DeclaredPolicy | null): Finding[] {
  if (policy === null) return [];
  try {
    parsePolicy(policy.document, policy.name);
    return [];
  } catch (error) {
    const message = error instanceof Error ? error.message : "cannot be read";
    return [{ severity: "error", code: "policy_invalid", path: policy.path, line: null, message }];
  }
}

function planPolicy(
  declared: DeclaredPolicy | null,
  running: RunningState,
  findings: readonly Finding[],
): Plan["policy"] {
  if (declared === null || findings.some(({ code }) => code === "policy_invalid")) return null;
  const { name, path, document } = declared;
  // An older document that comes back is its old version, not a new one.
  if (running.hasPolicy(name, policyDigest(document))) return null;
  const newest = running.policy(name);
  const now = describePolicy(parsePolicy(document, name));
  const before = newest === undefined ? [] : describePolicy(parsePolicy(newest.document, name));
  return {
    name,
    path,
    fromVersion: newest?.version ?? null,
    added: now.filter((sentence) => !before.includes(sentence)),
    removed: before.filter((sentence) => !now.includes(sentence)),
  };
}

function planAlias(declared: DeclaredAlias, desired: DesiredState, running: RunningState): PlannedAlias {
  const { alias, environment, path, reference, releaseId } = declared;
  const fromReleaseId = running.aliases.get(alias)?.releaseId ?? null;
  const decided = decideAlias({ declared, fromReleaseId, desired, running });
  return {
    alias,
    environment,
    path,
    reference,
    fromReleaseId,
    toReleaseId: releaseId,
    rolloutId: null,
    incidentId: null,
    ...decided,
  };
}

type Decided = Pick<PlannedAlias, "action" | "message"> & Partial<Pick<PlannedAlias, "rolloutId" | "incidentId">>;

function decideAlias(one: {
  declared: DeclaredAlias;
  fromReleaseId: string | null;
  desired: DesiredState;
  running: RunningState;
}): Decided {
  const { declared, fromReleaseId, desired, running } = one;
  const { alias, reference, releaseId } = declared;
  const isKnown =
    releaseId !== null &&
    (running.registered.has(releaseId) || desired.releases.some((release) => release.releaseId === releaseId));
  if (!isKnown) return { action: "refused", message: `${reference} is neither declared in this commit nor registered` };
  if (fromReleaseId === releaseId) return { action: "in_sync", message: `serves ${releaseId}` };
  const live = running.rollouts.get(alias);
  if (live?.candidateId === releaseId) {
    return { action: "running", message: `rollout ${live.id} is ${live.state}`, rolloutId: live.id };
  }
  const quarantine = running.quarantines.find((held) => held.alias === alias && held.releaseId === releaseId);
  if (quarantine !== undefined) {
    return { action: "refused", message: quarantineWords(quarantine), incidentId: quarantine.incidentId };
  }
  if (live !== undefined) {
    const message = `rollout ${live.id} of ${live.candidateId} is ${live.state}: wait for its end, or abort it`;
    return { action: "waiting", message, rolloutId: live.id };
  }
  const stopped = running.stopped.find((one) => one.alias === alias && one.releaseId === releaseId);
  if (stopped !== undefined) {
    const message = `rollout ${stopped.rolloutId} of ${releaseId} was ${stopped.state}: start it again by hand, or declare another release`;
    return { action: "refused", message, rolloutId: stopped.rolloutId };
  }
  return startOf(declared, fromReleaseId, desired.policy);
}

function startOf({ alias }: DeclaredAlias, fromReleaseId: string | null, policy: DeclaredPolicy | null): Decided {
  if (fromReleaseId === null) return { action: "first", message: "nothing serves yet: is set at once" };
  if (isGuarded(alias, policy))
    return { action: "rollout", message: `a rollout under policy ${policy?.name ?? "default"}` };
  return { action: "move", message: `is set at once: policy ${policy?.name ?? ""} does not guard ${alias}` };
}

/** What keeps a release away from an alias, and what to do about it. */
export function quarantineWords({ alias, releaseId, cause, reason, incidentId }: Quarantine): string {
  const event = cause === "rollback" ? "a rollback marked it bad" : "break-glass took it out";
  const incident = incidentId === null ? "" : ` in incident ${incidentId}`;
  return `${releaseId} is quarantined on ${alias}: ${event}${incident} (${reason}). Declare another release, or clear the quarantine with a reason`;
}
