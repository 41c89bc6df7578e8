/**
 * Applies what a commit declares: registers its releases, stores its policy, starts rollouts and sets aliases, all or
 * nothing. What it is given must have been read from the tracked branch by the server itself: a caller's own words would
 * be a way around roles.
 */
import { z } from "zod";
import { notFound } from "@/server/domain/errors";
import { DesiredState } from "@/server/domain/gitops/desired-state";
import { hasErrors, Plan, planChanges, type PlannedAlias } from "@/server/domain/gitops/plan";
import { AliasName, ReleaseId, type ApplicationId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { findGitState, findRepository, writeGitState } from "@/server/store/control/gitops";
import type { ControlContext } from "./context";
import { moveAlias } from "./move-alias";
import { perform, writeAudit } from "./perform";
import { putPolicy } from "./put-policy";
import { gitTarget } from "./put-git-repository";
import { registerRelease } from "./register-release";
import { requireRole } from "./require-role";
import { readRunningState } from "./running-state";
import { startRollout } from "./start-rollout";

/** Which commit brought a release file, and who wrote it. */
const Origin = closedObject({ commit: z.string(), author: z.string().max(512) });

export const ApplyPlanInput = closedObject({
  desired: DesiredState,
  /** By the release's reference; without one the release is registered without commit and author. */
  origins: z.record(z.string(), Origin).default({}),
});
export type ApplyPlanInput = z.input<typeof ApplyPlanInput>;

const AppliedAlias = z.object({
  alias: z.string(),
  outcome: z.enum(["in_sync", "moved", "started", "running", "waiting", "refused"]),
  rolloutId: z.string().nullable(),
  message: z.string(),
});

export const ApplyPlanOutput = z.object({
  application: z.string(),
  commit: z.string(),
  /**
   * `applied`: everything is as declared or on its way; `waiting`: an alias has another live rollout; `refused`: an error
   * kept the commit from being applied, or an alias from its move.
   */
  verdict: z.enum(["applied", "waiting", "refused"]),
  /** What was planned, and so what is refused and why. */
  plan: Plan,
  registered: z.array(z.string()),
  policy: z.object({ name: z.string(), version: z.number().int() }).nullable(),
  aliases: z.array(AppliedAlias),
});
export type ApplyPlanOutput = z.output<typeof ApplyPlanOutput>;
type Applied = z.output<typeof AppliedAlias>;

/** Who acts where the branch' protection stands for the role: policies and unguarded aliases. */
const GIT = { kind: "system", id: "gitops", name: "gitops", role: null, scopes: [] } as const;

/**
 * @throws DomainError `forbidden`; `not_found` without a repository; what the verbs it calls refuse.
 */
export function applyPlan(context: ControlContext, input: ApplyPlanInput): ApplyPlanOutput {
  requireRole(context.actor, { role: "release_manager", scopes: ["ci"], automatic: ["system"] });
  const { desired, origins } = parseInput(ApplyPlanInput, input, "what to apply");
  const { application, commit } = desired;
  return perform(context, (act) => {
    if (findRepository(act.tx, application) === undefined) throw notFound("git repository of", application);
    const releaseIds = desired.releases.map(({ releaseId }) => releaseId);
    const named = desired.aliases.flatMap(({ releaseId }) => releaseId ?? []);
    const plan = planChanges(desired, readRunningState(act.tx, { application, releaseIds: [...releaseIds, ...named] }));
    const nothing = { application, commit, plan, registered: [], policy: null, aliases: [] };
    if (hasErrors(plan)) return { ...nothing, verdict: "refused" };
    const registered = registerNew(context, { plan, desired, origins });
    const policy = storePolicy(context, desired);
    const aliases = plan.aliases.map((planned) => applyAlias(context, { planned, commit, application, policy }));
    const verdict = verdictOf(aliases);
    const done = { ...nothing, verdict, registered, policy, aliases };
    const isNew = verdict !== "waiting" && findGitState(act.tx, application)?.appliedCommit !== commit;
    if (!isNew && !hasChanged(done, plan)) return done;
    writeAudit(act, {
      action: "git.applied",
      target: gitTarget(application),
      after: { commit, verdict, registered, policy, aliases },
    });
    if (isNew) writeGitState(act.tx, { application, change: { appliedCommit: commit, appliedAtMs: context.nowMs } });
    return done;
  });
}

function registerNew(
  context: ControlContext,
  {
    plan,
    desired,
    origins,
  }: { plan: Plan; desired: DesiredState; origins: z.output<typeof ApplyPlanInput>["origins"] },
): string[] {
  const isNew = new Set(plan.releases.map(({ reference }) => reference));
  return desired.releases
    .filter(({ reference }) => isNew.has(reference))
    .map(({ reference, components, digests, fingerprints, labels }) => {
      const origin = origins[reference];
      const provenance = origin === undefined ? {} : { gitCommit: origin.commit, author: origin.author };
      const content = { components, digests, fingerprints, labels };
      return registerRelease(context, { application: desired.application, ...content, ...provenance }).releaseId;
    });
}

function storePolicy(context: ControlContext, { policy }: DesiredState): { name: string; version: number } | null {
  if (policy === null) return null;
  const { name, document } = policy;
  const { version, state, inForceVersion } = putPolicy({ ...context, actor: GIT }, { name, document });
  // A declared version that loosens a rule waits for its approval: until then rollouts start under the one in force.
  return { name, version: state === "pending" || state === "rejected" ? inForceVersion : version };
}

function applyAlias(
  context: ControlContext,
  one: { planned: PlannedAlias; commit: string; application: ApplicationId; policy: ApplyPlanOutput["policy"] },
): Applied {
  const { planned, commit, application, policy } = one;
  const { action, message, rolloutId, reference, toReleaseId } = planned;
  const alias = AliasName.parse(planned.alias);
  const target = { application, alias, reason: `${commit.slice(0, 10)} declares ${reference}` };
  switch (action) {
    case "rollout": {
      const under = policy === null ? {} : { policy: `${policy.name}@${policy.version}` };
      const { id, state, reason } = startRollout(context, {
        ...target,
        candidate: ReleaseId.parse(toReleaseId),
        ...under,
      });
      return { alias, outcome: "started", rolloutId: id, message: `rollout ${id} is ${state}: ${reason}` };
    }
    case "first":
    case "move": {
      const releaseId = ReleaseId.parse(toReleaseId);
      const moved = moveAlias({ ...context, actor: GIT }, { ...target, releaseId, cause: "reconcile" });
      return { alias, outcome: "moved", rolloutId: null, message: `serves ${releaseId} at revision ${moved.revision}` };
    }
    case "in_sync":
    case "running":
    case "waiting":
    case "refused":
      return { alias, outcome: action, rolloutId, message };
  }
}

function verdictOf(aliases: readonly Applied[]): ApplyPlanOutput["verdict"] {
  if (aliases.some(({ outcome }) => outcome === "refused")) return "refused";
  return aliases.some(({ outcome }) => outcome === "waiting") ? "waiting" : "applied";
}

function hasChanged({ registered, aliases }: ApplyPlanOutput, plan: Plan): boolean {
  const moves = aliases.some(({ outcome }) => outcome === "started" || outcome === "moved");
  return registered.length > 0 || plan.policy !== null || moves;
}
