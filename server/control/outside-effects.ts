/**
 * What verbs tell the outside: rows of the outbox, written in the verb's transaction. Delivery is somebody else's; none
 * of it can undo or delay the change it tells about.
 */
import { gravityOf, isWanted, type NotificationKind } from "@/server/domain/notification/kinds";
import { isRehearsal } from "@/server/domain/rehearsal/rehearsal";
import type { ControlTx } from "@/server/store/control/database";
import { findIncident } from "@/server/store/control/incidents";
import { listRoutes } from "@/server/store/control/notifications";
import { enqueue } from "@/server/store/control/outbox";
import type { AliasMoveCause } from "@/server/domain/vocabulary";
import type { Act } from "./perform";

/** Who did it, as notifications and commits name them. */
interface EffectActor {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
}

/**
 * Payload of `alias.moved` and `alias.rolled_back`, to `git:`, `registry:` and `notify:`; and of `git.reconcile`, to
 * `git:` alone, when a person asks for git to be brought to what runs.
 */
export interface AliasMoveEffect {
  readonly application: string;
  readonly alias: string;
  /** The release that stops serving; for a rolled-back canary, the candidate. Null for an alias's first move. */
  readonly fromReleaseId: string | null;
  readonly toReleaseId: string;
  readonly revision: number;
  readonly cause: AliasMoveCause;
  readonly reason: string;
  readonly actor: EffectActor;
  readonly atMs: number;
  readonly rolloutId: string | null;
  readonly incidentId: string | null;
  /** Sequence number of the audit entry. */
  readonly auditId: number;
}

/** Payload of the `rollout.…`, `incident.…`, `threshold.…` and `drift.…` kinds, to `notify:` alone. */
export interface NotifyEffect {
  readonly application: string;
  /** What happened, in one sentence. */
  readonly sentence: string;
  readonly actor: EffectActor;
  readonly atMs: number;
  readonly alias?: string;
  readonly releaseId?: string;
  readonly rolloutId?: string;
  readonly incidentId?: string;
  readonly data?: unknown;
}

/** The kind that asks for a commit without a move. */
export const RECONCILE = "git.reconcile";

/** Everything that is told but the moves of aliases, which are told by `announceAliasMove`. */
export type NotifyKind = Exclude<NotificationKind, "alias.moved" | "alias.rolled_back">;

/**
 * Tells git, the registries and people; of a rehearsal, nobody. A move that came out of git or a registry is not sent back to where it came
 * from.
 */
export function announceAliasMove({ tx }: Act, effect: AliasMoveEffect): void {
  if (isRehearsal(effect.application)) return;
  const kind = effect.cause === "rollback" ? "alias.rolled_back" : "alias.moved";
  const row = { kind, payload: effect, nowMs: effect.atMs };
  if (effect.cause !== "reconcile") enqueue(tx, { ...row, target: `git:${effect.application}` });
  if (effect.cause !== "registry_sync") enqueue(tx, { ...row, target: `registry:${effect.application}` });
  if (isWantedByAny(tx, { ...effect, kind })) enqueue(tx, { ...row, target: `notify:${effect.application}` });
}

/** Asks for git to be brought to what runs, whatever it declares. */
export function askToReconcile({ tx }: Act, effect: AliasMoveEffect): void {
  enqueue(tx, { target: `git:${effect.application}`, kind: RECONCILE, payload: effect, nowMs: effect.atMs });
}

/** Whether any route takes it as things are: what nobody is to be told is not queued. */
function isWantedByAny(
  tx: ControlTx,
  effect: { application: string; kind: NotificationKind; incidentId?: string | null },
): boolean {
  const { application, kind, incidentId } = effect;
  if (isRehearsal(application)) return false;
  const routes = listRoutes(tx);
  if (routes.length === 0) return false;
  const incident = incidentId == null ? undefined : findIncident(tx, incidentId);
  const severity = gravityOf(kind, incident?.severity);
  return routes.some((route) => isWanted(route, { application, kind, severity }));
}

/** Tells people, if a route wants it. */
export function notify(
  { tx, context }: Act,
  { kind, ...effect }: Omit<NotifyEffect, "actor" | "atMs"> & { kind: NotifyKind },
): void {
  if (!isWantedByAny(tx, { ...effect, kind })) return;
  const { kind: actorKind, id, name } = context.actor;
  const payload: NotifyEffect = { ...effect, actor: { kind: actorKind, id, name }, atMs: context.nowMs };
  enqueue(tx, { target: `notify:${effect.application}`, kind, payload, nowMs: context.nowMs });
}
