/**
 * Sets the scene for a rehearsal: an application beside the real one with a release that serves, and the canary of another
 * that is broken on purpose. One transaction; no gateway serves its alias, and nobody is told.
 */
import { z } from "zod";
import { conflict, invalidInput, notFound } from "@/server/domain/errors";
import { ApplicationId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import {
  isRehearsal,
  LONGEST_REHEARSED,
  REHEARSAL_POLICY,
  REHEARSAL_POLICY_NAME,
  rehearsalComponents,
  rehearsalOf,
  REHEARSED_ALIAS,
} from "@/server/domain/rehearsal/rehearsal";
import { componentMap } from "@/server/domain/release/component-map";
import { releaseDigest, releaseId } from "@/server/domain/release/release-id";
import { findAlias } from "@/server/store/control/aliases";
import { moveOnAbort } from "@/server/domain/rollout/steps";
import { ensureApplication, findApplication, updateApplication } from "@/server/store/control/applications";
import { newId } from "@/server/store/control/ids";
import { findPolicy, type PolicyRow } from "@/server/store/control/policies";
import { addProvenance, addRelease, findRelease, type ReleaseRow } from "@/server/store/control/releases";
import { findLiveRollout, listRolloutsOfAlias, type RolloutRow } from "@/server/store/control/rollouts";
import { writeMove } from "./alias-core";
import type { ControlContext } from "./context";
import { perform, writeAudit, type Act } from "./perform";
import { storeBuiltIn } from "./put-policy";
import { requireRole } from "./require-role";
import { applyMove, policyOf } from "./rollout-core";
import { judgeGates } from "./rollout-progress";
import { enterRollout, newRollout } from "./start-rollout";

export const StartRehearsalInput = closedObject({
  /** The application whose people rehearse; its rehearsal is an application of its own. */
  application: ApplicationId,
  /** Ends the rehearsal that is under way; without it, one that is under way is a conflict. */
  startOver: z.boolean().default(false),
});
export type StartRehearsalInput = z.input<typeof StartRehearsalInput>;

export const StartRehearsalOutput = z.object({
  /** The application to rehearse on. */
  rehearsal: z.string(),
  rolloutId: z.string(),
  /** Serves now, and is what to roll back to. */
  goodReleaseId: z.string(),
  /** The canary: broken on purpose. */
  brokenReleaseId: z.string(),
});
export type StartRehearsalOutput = z.output<typeof StartRehearsalOutput>;

const REASON = "rehearsal of a rollback";

/**
 * @throws DomainError `not_found` for an unknown application; `conflict` while a rehearsal is under way; `invalid_input`
 *   for a rehearsal's own application, and for an id that leaves no room for the rehearsal's.
 */
export function startRehearsal(context: ControlContext, input: StartRehearsalInput): StartRehearsalOutput {
  requireRole(context.actor, { role: "on_call" });
  const { application, startOver } = parseInput(StartRehearsalInput, input, "the rehearsal");
  requireRehearsable(application);
  return perform(context, (act) => {
    const real = findApplication(act.tx, application);
    if (real === undefined) throw notFound("application", application);
    const rehearsal = rehearsalOf(application);
    const key = { application: rehearsal, alias: REHEARSED_ALIAS };
    const live = findLiveRollout(act.tx, key);
    if (live !== undefined && !startOver) {
      throw conflict(
        `a rehearsal of ${application} is under way since it was started by ${live.startedByName}: go on with it, or start over`,
      );
    }
    ensureApplication(act.tx, { id: rehearsal, nowMs: context.nowMs });
    const settings = { displayName: `Rehearsal of ${real.displayName}`.slice(0, 128), segments: ["region"] };
    updateApplication(act.tx, { id: rehearsal, settings });
    const rounds = listRolloutsOfAlias(act.tx, key).length;
    const good = releaseOf(rehearsal, { version: 1, nowMs: context.nowMs });
    const broken = releaseOf(rehearsal, { version: rounds + 2, nowMs: context.nowMs });
    return setTheScene(act, { rehearsal, live, good, broken, policy: rehearsalPolicy(act) });
  });
}

function requireRehearsable(application: string): void {
  const refuse = (message: string): Error => invalidInput(message, [{ pointer: "/application", message }]);
  if (isRehearsal(application)) throw refuse("is a rehearsal itself: rehearse the application that it is about");
  if (application.length > LONGEST_REHEARSED)
    throw refuse(`has more than ${LONGEST_REHEARSED} characters: its rehearsal would have no room for a name`);
}

function releaseOf(application: string, { version, nowMs }: { version: number; nowMs: number }): ReleaseRow {
  const components = componentMap(rehearsalComponents(application, version));
  const digest = releaseDigest(components);
  return { application, id: releaseId(components), digest, components, digests: {}, createdAtMs: nowMs };
}

/** The version in force, or the built-in one. */
function rehearsalPolicy(act: Act): PolicyRow {
  const name = REHEARSAL_POLICY_NAME;
  return findPolicy(act.tx, { name }) ?? storeBuiltIn(act, { name, document: { ...REHEARSAL_POLICY } });
}

interface Scene {
  rehearsal: string;
  /** What is under way and ends here. */
  live: RolloutRow | undefined;
  good: ReleaseRow;
  broken: ReleaseRow;
  policy: PolicyRow;
}

function setTheScene(act: Act, { rehearsal, live, good, broken, policy }: Scene): StartRehearsalOutput {
  const id = newId("rol", act.context.nowMs);
  const auditSeq = writeAudit(act, {
    action: "rehearsal.started",
    target: `application/${rehearsal}`,
    after: {
      rolloutId: id,
      good: good.id,
      broken: broken.id,
      policy: `${policy.name}@${policy.version}`,
      abortedRolloutId: live?.id,
    },
    reason: REASON,
  });
  if (live !== undefined) {
    const note = { reason: "the rehearsal was started over", auditSeq };
    applyMove(act, { rollout: live, move: moveOnAbort(live), note });
  }
  keepRelease(act, good, "rehearsal: serves well");
  keepRelease(act, broken, "rehearsal: broken on purpose");
  serveGood(act, { release: good, auditSeq });
  const alias = REHEARSED_ALIAS;
  const fresh = newRollout(act, {
    id,
    application: rehearsal,
    alias,
    candidateId: broken.id,
    controlId: good.id,
    policy,
  });
  const gates = judgeGates(act.tx, { rollout: fresh, policy: policyOf(act.tx, fresh), candidate: broken });
  enterRollout(act, { rollout: fresh, gates, reason: REASON, auditSeq });
  return { rehearsal, rolloutId: id, goodReleaseId: good.id, brokenReleaseId: broken.id };
}

function keepRelease(act: Act, release: ReleaseRow, title: string): void {
  const { nowMs, actor } = act.context;
  if (findRelease(act.tx, { application: release.application, releaseId: release.id }) !== undefined) return;
  addRelease(act.tx, release);
  addProvenance(act.tx, {
    application: release.application,
    releaseId: release.id,
    registeredAtMs: nowMs,
    registeredBy: actor.name,
    gitCommit: null,
    author: null,
    pipelineUrl: null,
    labels: { title },
    fingerprints: {},
  });
}

/** The alias goes to the good release, wherever an earlier rehearsal has left it. */
function serveGood(act: Act, { release, auditSeq }: { release: ReleaseRow; auditSeq: number }): void {
  const key = { application: release.application, alias: REHEARSED_ALIAS };
  const current = findAlias(act.tx, key);
  if (current?.releaseId === release.id) return;
  writeMove(act, {
    ...key,
    current,
    fromReleaseId: current?.releaseId ?? null,
    toReleaseId: release.id,
    cause: "manual",
    reason: REASON,
    rolloutId: null,
    incidentId: null,
    auditSeq,
  });
}
