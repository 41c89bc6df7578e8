/** Starts a candidate on its way to an alias, under one version of a policy. */
import { z } from "zod";
import { conflict, notFound } from "@/server/domain/errors";
import { AliasName, ApplicationId, ReleaseId } from "@/server/domain/ids";
import { closedObject, parseInput } from "@/server/domain/input";
import { nextState } from "@/server/domain/rollout/state-machine";
import { BEFORE_FIRST_STEP } from "@/server/domain/rollout/steps";
import { ROLLOUT_STATES } from "@/server/domain/vocabulary";
import { addReleaseMark, findAlias } from "@/server/store/control/aliases";
import { newId } from "@/server/store/control/ids";
import { findPolicy, type PolicyRow } from "@/server/store/control/policies";
import { addRollout, addTransition, findLiveRollout, type RolloutRow } from "@/server/store/control/rollouts";
import { quarantined, requireRelease } from "./alias-core";
import type { ControlContext } from "./context";
import { DEFAULT_POLICY, DEFAULT_POLICY_NAME } from "./default-policy";
import { notify } from "./outside-effects";
import { perform, Reason, writeAudit, type Act } from "./perform";
import { wasInForce } from "./policy-core";
import { storeBuiltIn } from "./put-policy";
import { findQuarantine } from "./quarantine";
import { requireRole } from "./require-role";
import { impossible, policyOf, rolloutState, rolloutTarget } from "./rollout-core";
import { carryOut, judgeGates, type GateOutcome } from "./rollout-progress";

/** A policy's name, or `name@version`. */
export const PolicyChoice = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}(@[1-9]\d{0,8})?$/, "must be a policy's name, e.g. default, or default@3");

export const StartRolloutInput = closedObject({
  application: ApplicationId,
  alias: AliasName,
  candidate: ReleaseId,
  /** A policy's name (its version in force) or `name@version`, which must have been in force. */
  policy: PolicyChoice.default(DEFAULT_POLICY_NAME),
  reason: Reason.optional(),
  /** Takes back the mark that an earlier rollback left on the candidate; needs `reason`. */
  clearMark: z.boolean().default(false),
});
export type StartRolloutInput = z.input<typeof StartRolloutInput>;
type Given = z.output<typeof StartRolloutInput>;

export const StartRolloutOutput = z.object({
  id: z.string(),
  state: z.enum(ROLLOUT_STATES),
  /** 0-based; −1 while the gates are being checked. */
  stepIndex: z.number().int(),
  revision: z.number().int(),
  policy: z.object({ name: z.string(), version: z.number().int() }),
  /** Why it is in this state. */
  reason: z.string(),
});
export type StartRolloutOutput = z.output<typeof StartRolloutOutput>;

/**
 * @throws DomainError `not_found` for an unknown release or policy; `conflict` when the alias has a live rollout, serves
 *   the candidate already, or the candidate is quarantined.
 */
export function startRollout(context: ControlContext, input: StartRolloutInput): StartRolloutOutput {
  requireRole(context.actor, { role: "release_manager", scopes: ["ci"], automatic: ["system"] });
  const given = parseInput(StartRolloutInput, input, "the rollout");
  if (given.clearMark) requireRole(context.actor, { role: "release_manager" });
  return perform(context, (act) => {
    const candidate = requireRelease(act, { application: given.application, releaseId: given.candidate });
    const controlId = requireStartable(act, given);
    const chosen = choosePolicy(act, given.policy);
    const { application, alias, candidate: candidateId } = given;
    const rollout = newRollout(act, { application, alias, candidateId, controlId, policy: chosen.row });
    const policy = policyOf(act.tx, rollout);
    const gates = judgeGates(act.tx, { rollout, policy, candidate, isCleared: given.clearMark });
    const final = write(act, { given, rollout, gates, chosen });
    const { id, state, stepIndex, revision } = final;
    return { id, state, stepIndex, revision, policy: chosen.name, reason: gates.reason };
  });
}

/** What serves now, or null for the alias' first release. */
function requireStartable(act: Act, given: Given): string | null {
  const { application, alias, candidate } = given;
  const live = findLiveRollout(act.tx, given);
  if (live !== undefined) {
    throw conflict(
      `rollout ${live.id} of ${live.candidateId} is live on ${alias} (${live.state}): wait for its end or abort it`,
    );
  }
  const current = findAlias(act.tx, given);
  if (current?.releaseId === candidate)
    throw conflict(`${alias} already serves ${candidate}: there is nothing to roll out`);
  const held = findQuarantine(act.tx, { application, alias, releaseId: candidate });
  if (held !== undefined && !(given.clearMark && given.reason !== undefined)) {
    throw quarantined(held, "Register a changed release, or clear the mark with clearMark and a reason");
  }
  return current?.releaseId ?? null;
}

interface ChosenPolicy {
  row: PolicyRow;
  name: { name: string; version: number };
  /** The built-in default was stored as version 1 by this very rollout. */
  stored: boolean;
}

/** @throws DomainError `not_found`; `conflict` for a version that nobody has let into force. */
function choosePolicy(act: Act, choice: string): ChosenPolicy {
  const [name = "", version] = choice.split("@");
  const found = findPolicy(act.tx, { name, ...(version === undefined ? {} : { version: Number(version) }) });
  const useBuiltIn = found === undefined && name === DEFAULT_POLICY_NAME && version === undefined;
  const row = useBuiltIn ? storeBuiltIn(act, { name, document: DEFAULT_POLICY }) : found;
  if (row === undefined) throw notFound("policy", choice);
  if (!wasInForce(act.tx, row)) {
    throw conflict(
      `version ${row.version} of ${name} loosens a rollback rule and nobody has approved it: start with ${name}, the version in force, or have it approved`,
    );
  }
  return { row, name: { name: row.name, version: row.version }, stored: useBuiltIn };
}

/** A rollout before its gates, as it is first written. */
export function newRollout(
  { context }: Act,
  given: Pick<RolloutRow, "application" | "alias" | "candidateId" | "controlId"> & { id?: string; policy: PolicyRow },
): RolloutRow {
  const { actor, nowMs } = context;
  const { application, alias, candidateId, controlId, policy } = given;
  return {
    id: given.id ?? newId("rol", nowMs),
    application,
    alias,
    candidateId,
    controlId,
    policyName: policy.name,
    policyVersion: policy.version,
    state: "gating",
    pausedFrom: null,
    pauseReason: null,
    stepIndex: BEFORE_FIRST_STEP,
    stepStartedAtMs: nowMs,
    startedAtMs: nowMs,
    startedByKind: actor.kind,
    startedById: actor.id,
    startedByName: actor.name,
    endedAtMs: null,
    incidentId: null,
    revision: 1,
  };
}

function write(
  act: Act,
  { given, rollout, gates, chosen }: { given: Given; rollout: RolloutRow; gates: GateOutcome; chosen: ChosenPolicy },
): RolloutRow {
  const { application, alias, candidate } = given;
  const reason = given.reason ?? `rollout of ${candidate} to ${alias}`;
  if (nextState("draft", { type: "start" }) !== rollout.state) throw impossible(rollout, "start");
  const auditSeq = writeAudit(act, {
    action: "rollout.started",
    target: rolloutTarget(rollout),
    after: {
      ...rolloutState({ ...rollout, ...gates.moves.at(-1)?.to }),
      alias,
      candidate,
      control: rollout.controlId,
      policy: `${chosen.row.name}@${chosen.row.version}`,
      ...(chosen.stored ? { policyDocument: chosen.row.document } : {}),
      ...(given.clearMark ? { clearedMark: true } : {}),
      gates: gates.checks,
    },
    reason,
  });
  const held = findQuarantine(act.tx, { application, alias, releaseId: candidate });
  if (held !== undefined) {
    const cleared = { application, alias, releaseId: candidate, mark: "cleared", atMs: act.context.nowMs } as const;
    addReleaseMark(act.tx, { ...cleared, reason, incidentId: held.incidentId, rolloutId: rollout.id });
  }
  return enterRollout(act, { rollout, gates, reason, auditSeq });
}

/** Writes a rollout with its first transition, tells people, and carries out what its gates say. */
export function enterRollout(
  act: Act,
  given: { rollout: RolloutRow; gates: GateOutcome; reason: string; auditSeq: number },
): RolloutRow {
  const { rollout, gates, reason, auditSeq } = given;
  const { application, alias, candidateId: releaseId, id: rolloutId } = rollout;
  addRollout(act.tx, rollout);
  addTransition(act.tx, {
    rolloutId,
    atMs: act.context.nowMs,
    event: "start",
    fromState: "draft",
    toState: rollout.state,
    stepIndex: rollout.stepIndex,
    actor: act.context.actor,
    reason,
    auditSeq,
  });
  const sentence = `${act.context.actor.name} started the rollout of ${releaseId} to ${alias}`;
  notify(act, { kind: "rollout.started", application, alias, releaseId, rolloutId, sentence });
  return carryOut(act, { rollout, moves: gates.moves, note: { reason: gates.reason, auditSeq } });
}
