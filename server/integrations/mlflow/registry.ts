/**
 * MLflow's aliases follow ours, and what somebody else does there is noticed. Moves and looks of one application take
 * turns, so that a move of our own is never seen as somebody else's.
 */
import { recordComponents } from "@/server/control/record-components";
import { recordRegistryMove } from "@/server/control/record-registry-move";
import type { ControlContext } from "@/server/control/context";
import type { AliasMoveEffect } from "@/server/control/outside-effects";
import { ApplicationId } from "@/server/domain/ids";
import { parseReference } from "@/server/domain/release/component-map";
import { toRfc3339 } from "@/server/domain/time";
import { findAlias } from "@/server/store/control/aliases";
import type { ControlReader } from "@/server/store/control/database";
import { listRegistryLinks, listRegistryMoves, type RegistryLinkRow } from "@/server/store/control/registry";
import { findRelease } from "@/server/store/control/releases";
import { readComponents } from "./mlflow-components";
import type { MlflowClient } from "./mlflow-client";
import { moveRegistryAlias } from "./registry-alias";

export interface Registry {
  /** Moves what follows the alias; a registry alias that somebody else moved is left alone, and the ledger says so. */
  follow: (context: ControlContext, effect: AliasMoveEffect) => Promise<void>;
  /** Looks at every linked alias of an application, and at the versions that the registry holds. */
  look: (context: ControlContext, application: string) => Promise<void>;
}

export function createRegistry(client: MlflowClient): Registry {
  const turns = new Map<string, Promise<unknown>>();
  const inTurn = <T>(application: string, work: () => Promise<T>): Promise<T> => {
    const before = turns.get(application) ?? Promise.resolve();
    const mine = before.then(work, work);
    turns.set(application, mine);
    return mine;
  };
  return {
    follow: (context, effect) =>
      inTurn(effect.application, async () => {
        const links = listRegistryLinks(context.db, effect.application).filter(({ alias }) => alias === effect.alias);
        for (const link of links) await followOne(client, { context, link, effect });
      }),
    look: (context, application) =>
      inTurn(application, async () => {
        for (const link of listRegistryLinks(context.db, application)) await lookAtOne(client, { context, link });
        const components = await readComponents(client);
        recordComponents(context, { application: ApplicationId.parse(application), registry: "mlflow", components });
      }),
  };
}

async function followOne(
  client: MlflowClient,
  { context, link, effect }: { context: ControlContext; link: RegistryLinkRow; effect: AliasMoveEffect },
): Promise<void> {
  const to = versionIn(context.db, link, effect.toReleaseId);
  // A release without the component, or with one of another name, says nothing about this model.
  if (to === undefined) return;
  const expect = expectedVersion(context.db, link, effect.fromReleaseId);
  const { outcome, before, observed } = await moveRegistryAlias(client, {
    model: link.model,
    alias: link.registryAlias,
    expect,
    to,
  });
  const [newest] = listRegistryMoves(context.db, { linkId: link.id, limit: 1 });
  // Delivered again after it had been moved, but not kept: the ledger still tells of another version.
  const isAgain = outcome === "unchanged" && newest !== undefined && newest.observedVersion !== to;
  if (outcome === "unchanged" && !isAgain) return;
  if (outcome !== "conflict") await tagMove(client, { link, version: to, effect });
  const kept = outcome === "conflict" ? "conflict" : "moved";
  recordRegistryMove(context, { link: keyOf(link), outcome: kept, before, requested: to, observed });
}

/** MLflow keeps no actor and no history: the version's tags tell who moved the alias there, and why. */
async function tagMove(
  client: MlflowClient,
  { link, version, effect }: { link: RegistryLinkRow; version: string; effect: AliasMoveEffect },
): Promise<void> {
  const tags = {
    "switchback.release_id": effect.toReleaseId,
    "switchback.moved_by": effect.actor.name,
    "switchback.moved_at": toRfc3339(effect.atMs),
    ...(effect.incidentId === null ? {} : { "switchback.incident": effect.incidentId }),
  };
  for (const [key, value] of Object.entries(tags)) {
    await client.tagVersion({ model: link.model, version, key, value });
  }
}

async function lookAtOne(
  client: MlflowClient,
  { context, link }: { context: ControlContext; link: RegistryLinkRow },
): Promise<void> {
  const observed = (await client.findAlias({ model: link.model, alias: link.registryAlias })) ?? null;
  const current = findAlias(context.db, link)?.releaseId ?? null;
  const before = expectedVersion(context.db, link, current);
  if (before === undefined || before === observed) return;
  recordRegistryMove(context, { link: keyOf(link), outcome: "out_of_band", before, requested: null, observed });
}

/** What the ledger saw last; before any move, the version in the release that served. */
function expectedVersion(
  db: ControlReader,
  link: RegistryLinkRow,
  releaseId: string | null,
): string | null | undefined {
  const [newest] = listRegistryMoves(db, { linkId: link.id, limit: 1 });
  if (newest !== undefined) return newest.observedVersion;
  return releaseId === null ? undefined : versionIn(db, link, releaseId);
}

function versionIn(db: ControlReader, link: RegistryLinkRow, releaseId: string): string | undefined {
  const value = findRelease(db, { application: link.application, releaseId })?.components[link.kind];
  const reference = value === undefined ? undefined : parseReference(value);
  return reference?.name === link.model ? reference.version : undefined;
}

function keyOf({ id, application, alias, model, registryAlias }: RegistryLinkRow): {
  id: number;
  application: string;
  alias: string;
  model: string;
  registryAlias: string;
} {
  return { id, application, alias, model, registryAlias };
}
