/** What runs, as plans and drift compare it with git. Changes nothing. */
import { parseReference } from "@/server/domain/release/component-map";
import type { RunningState, StoppedRollout } from "@/server/domain/gitops/plan";
import { listAliases, type AliasKey } from "@/server/store/control/aliases";
import type { ControlReader } from "@/server/store/control/database";
import { findGitState, listReleasedPrompts, readDeclared } from "@/server/store/control/gitops";
import { findPolicy, findPolicyByDigest } from "@/server/store/control/policies";
import { findRelease } from "@/server/store/control/releases";
import { listLiveRollouts, listRolloutsOfAlias } from "@/server/store/control/rollouts";
import { listQuarantines } from "./quarantine";

/** Reads it for one application; `releaseIds` are the ones whose registration matters. */
export function readRunningState(
  db: ControlReader,
  { application, releaseIds }: { application: string; releaseIds: readonly string[] },
): RunningState {
  const aliases = listAliases(db, application);
  const find = (releaseId: string) => findRelease(db, { application, releaseId });
  const prompts = readDeclared(findGitState(db, application))?.prompts ?? [];
  return {
    application,
    registered: new Set(releaseIds.filter((releaseId) => find(releaseId) !== undefined)),
    components: new Map(aliases.map(({ releaseId }) => [releaseId, find(releaseId)?.components ?? {}])),
    aliases: new Map(aliases.map(({ alias, releaseId, revision }) => [alias, { releaseId, revision }])),
    rollouts: new Map(
      listLiveRollouts(db, application).map(({ alias, id, candidateId, state }) => [alias, { id, candidateId, state }]),
    ),
    quarantines: listQuarantines(db, application),
    stopped: aliases.flatMap(({ alias }) => readStopped(db, { application, alias })),
    policy: (name) => findPolicy(db, { name }),
    hasPolicy: (name, digest) => findPolicyByDigest(db, { name, digest }) !== undefined,
    branchPrompts: new Map(prompts.map(({ reference, textDigest }) => [reference, textDigest])),
    releasedPrompts: readReleasedPrompts(db, application),
  };
}

/** Releases whose newest rollout on the alias was rejected or aborted. */
function readStopped(db: ControlReader, key: AliasKey): StoppedRollout[] {
  const newest = new Map(listRolloutsOfAlias(db, key).map((rollout) => [rollout.candidateId, rollout]));
  return [...newest.values()]
    .filter(({ state }) => state === "rejected" || state === "aborted")
    .map(({ id, candidateId, state }) => ({ alias: key.alias, releaseId: candidateId, rolloutId: id, state }));
}

function readReleasedPrompts(db: ControlReader, application: string): RunningState["releasedPrompts"] {
  const released = new Map<string, { digest: string; releaseId: string }[]>();
  for (const { reference, releaseId } of listReleasedPrompts(db, application)) {
    const read = parseReference(reference);
    if (read?.digest === undefined) continue;
    const key = `${read.name}@${read.version}`;
    released.set(key, [...(released.get(key) ?? []), { digest: read.digest, releaseId }]);
  }
  return released;
}
