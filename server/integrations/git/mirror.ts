/**
 * A bare mirror of a remote in the data directory: fetched, read, committed to and pushed from, one act at a time. It is a
 * cache: whatever is wrong with it, it can be thrown away.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Remote } from "@/server/domain/gitops/remote";
import { GitFailure, REMOTE_TIMEOUT_MS, runGit, type GitCall, type GitSettings } from "./git-command";
import { parsePush, type PushOutcome } from "./push-outcome";
import { createCommitReader, type CommitReader } from "./read-commit";
import type { RemoteAccess } from "./remote-access";

export interface Person {
  readonly name: string;
  readonly email: string;
}

/** One changed file on top of a commit. */
interface FileChange {
  /** Null for a commit that begins a history of its own, with this file alone. */
  readonly parent: string | null;
  readonly path: string;
  readonly mode: string;
  readonly content: Buffer;
  readonly message: string;
  readonly author: Person & { readonly atMs: number };
  readonly committer: Person & { readonly atMs: number };
}

interface Push {
  readonly commit: string;
  readonly branch: string;
  /** What the remote branch must be at; null: it must not exist. */
  readonly expected: string | null;
}

/** What may be done with the mirror while it is held. */
export interface Mirror extends CommitReader {
  /** Brings every branch up to date. */
  fetch: () => Promise<void>;
  /** The commit a branch is at, as last fetched. */
  head: (branch: string) => Promise<string | undefined>;
  /** Writes a commit that changes one file; nothing points at it yet. */
  commit: (change: FileChange) => Promise<string>;
  /** Pushes a commit to a branch, unless the branch is not where it was expected. */
  push: (push: Push) => Promise<PushOutcome>;
}

export interface MirrorSettings {
  git: GitSettings;
  /** The folder of all mirrors of this process. */
  root: string;
  remote: Remote;
  access: () => Promise<RemoteAccess>;
  signal?: AbortSignal | undefined;
}

/** The folder of a remote's mirror. */
export function mirrorFolder(root: string, { address }: Remote): string {
  return join(root, `${createHash("sha256").update(address).digest("hex").slice(0, 20)}.git`);
}

/** Opens the mirror, creating it when it does not exist. The caller holds it alone. */
export async function openMirror(settings: MirrorSettings): Promise<Mirror> {
  const directory = mirrorFolder(settings.root, settings.remote);
  await initialise(settings, directory);
  const reader = createCommitReader(settings.git, directory);
  const remote = async (args: readonly string[], more: Partial<GitCall> = {}): Promise<Buffer> => {
    const { environment, secrets } = await settings.access();
    const call = { directory, args, environment, secrets, timeoutMs: REMOTE_TIMEOUT_MS, signal: settings.signal };
    return (await runGit(settings.git, { ...call, ...more })).stdout;
  };
  const fetch = async (): Promise<void> => {
    const options = ["--prune", "--no-tags", "--no-write-fetch-head", "--quiet"];
    await remote(["fetch", ...options, "--end-of-options", settings.remote.address, "+refs/heads/*:refs/heads/*"]);
  };
  return {
    ...reader,
    fetch: () => fetch().catch((error: unknown) => startOver(error, { settings, directory, fetch })),
    head: (branch) => reader.resolve(`refs/heads/${branch}`),
    commit: (change) => writeCommit(settings, { directory, change }),
    push: async ({ commit, branch, expected }) => {
      const lease = `--force-with-lease=refs/heads/${branch}:${expected ?? ""}`;
      const target = `${commit}:refs/heads/${branch}`;
      const args = ["push", "--porcelain", "--no-verify", lease, "--end-of-options", settings.remote.address, target];
      return parsePush((await remote(args, { answers: [1] })).toString("utf8"));
    },
  };
}

async function initialise({ git, root }: MirrorSettings, directory: string): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  // Safe to repeat: an existing repository stays as it is.
  await runGit(git, { directory: root, args: ["init", "--quiet", "--bare", "--template=", directory] });
}

/** A fetch that failed for a reason of the mirror's own (a broken or locked file) is tried once on a new mirror. */
async function startOver(
  error: unknown,
  { settings, directory, fetch }: { settings: MirrorSettings; directory: string; fetch: () => Promise<void> },
): Promise<void> {
  if (!(error instanceof GitFailure) || error.kind !== "failed" || settings.signal?.aborted === true) throw error;
  await rm(directory, { recursive: true, force: true });
  await initialise(settings, directory);
  await fetch();
}

async function writeCommit(
  { git }: MirrorSettings,
  { directory, change }: { directory: string; change: FileChange },
): Promise<string> {
  const { parent, path, mode, content, message, author, committer } = change;
  const index = join(directory, `index-${randomUUID()}`);
  const run = async (args: readonly string[], input?: string | Buffer): Promise<string> => {
    const environment = { GIT_INDEX_FILE: index, ...identity("AUTHOR", author), ...identity("COMMITTER", committer) };
    const call = { directory, args, environment, ...(input === undefined ? {} : { input }) };
    return (await runGit(git, call)).stdout.toString("utf8").trim();
  };
  try {
    const blob = await run(["hash-object", "-w", "--stdin", "--no-filters"], content);
    await run(parent === null ? ["read-tree", "--empty"] : ["read-tree", "--end-of-options", parent]);
    await run(["update-index", "-z", "--index-info"], `${mode} ${blob}\t${path}\0`);
    const tree = await run(["write-tree"]);
    return await run(["commit-tree", tree, ...(parent === null ? [] : ["-p", parent]), "-F", "-"], message);
  } finally {
    await rm(index, { force: true });
  }
}

function identity(role: "AUTHOR" | "COMMITTER", { name, email, atMs }: FileChange["author"]): Record<string, string> {
  return {
    [`GIT_${role}_NAME`]: plain(name, "switchback"),
    [`GIT_${role}_EMAIL`]: plain(email, "noreply@switchback.invalid"),
    [`GIT_${role}_DATE`]: `@${Math.floor(atMs / 1000)} +0000`,
  };
}

/** Git refuses identities of nothing but punctuation, and a line break would end the header. */
function plain(text: string, otherwise: string): string {
  const cleaned = text.replaceAll(/[\p{Cc}<>]+/gu, " ").trim();
  return /[\p{L}\p{N}]/u.test(cleaned) ? cleaned : otherwise;
}
