/**
 * Keeps signed audit checkpoints in an application's own git repository, where whoever runs Switchback cannot quietly
 * change them: a commit each, on a branch of their own that nothing else is on. It never rewrites that branch.
 */
import type { ControlDatabase } from "@/server/store/control/database";
import { doubling, type Deliverer } from "@/server/controller/outbox-delivery";
import { Checkpoint } from "@/server/domain/audit/checkpoint";
import { findRepository } from "@/server/store/control/gitops";
import type { GitAccess } from "./git-access";
import type { Mirror } from "./mirror";

export const WITNESS_BRANCH = "switchback/audit";
export const WITNESS_FILE = "audit-checkpoint.json";

/** A branch that several installations push to is tried so often before the outbox waits. */
const MOST_RACES = 5;
const LONGEST_PAUSE_MS = 3_600_000;

/** Delivers `witness:` targets: without a repository, or where Switchback may not write to it, there is nothing to do. */
export function createWitness({ control, git }: { control: ControlDatabase; git: GitAccess }): Deliverer {
  return {
    deliver: async ({ target, payload }) => {
      const checkpoint = Checkpoint.parse(payload);
      const repository = findRepository(control, target.slice(target.indexOf(":") + 1));
      if (repository === undefined || repository.writeBack === "off") return;
      await git.use(repository, (mirror) => keep(mirror, checkpoint));
    },
    retryAfterMs: doubling(LONGEST_PAUSE_MS),
  };
}

async function keep(mirror: Mirror, checkpoint: Checkpoint): Promise<void> {
  const trailer = `Switchback-Checkpoint: ${checkpoint.hash}`;
  for (let race = 0; race < MOST_RACES; race++) {
    await mirror.fetch();
    const head = await mirror.head(WITNESS_BRANCH);
    // It was pushed, and the answer got lost.
    if (head !== undefined && (await mirror.findMessage(head, trailer)) !== undefined) return;
    const commit = await mirror.commit(changeOf(checkpoint, { parent: head ?? null, trailer }));
    const outcome = await mirror.push({ commit, branch: WITNESS_BRANCH, expected: head ?? null });
    if (outcome.kind === "refused")
      throw new Error(`the remote takes no push to ${WITNESS_BRANCH}: ${outcome.message}`);
    if (outcome.kind !== "stale") return;
  }
  throw new Error(`${WITNESS_BRANCH} moved ${MOST_RACES} times while a checkpoint was written`);
}

function changeOf(
  checkpoint: Checkpoint,
  { parent, trailer }: { parent: string | null; trailer: string },
): Parameters<Mirror["commit"]>[0] {
  const { origin, size, time } = checkpoint;
  const by = { name: "switchback-controller", email: "noreply@switchback.invalid", atMs: Date.parse(time) };
  return {
    parent,
    path: WITNESS_FILE,
    mode: "100644",
    content: Buffer.from(`${JSON.stringify(checkpoint, null, 2)}\n`),
    message: `Audit checkpoint at entry ${size}\n\nSigned by ${origin} at ${time}.\n\n${trailer}\n`,
    author: by,
    committer: by,
  };
}
