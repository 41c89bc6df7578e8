/** The way of one process to all its repositories: one mirror and one holder at a time per remote. */
import { DomainError } from "@/server/domain/errors";
import { parseRemote, type GitProtocol, type Remote } from "@/server/domain/gitops/remote";
import type { GitRepository } from "@/server/domain/gitops/repository";
import { GitFailure } from "./git-command";
import { mirrorFolder, openMirror, type Mirror } from "./mirror";
import { remoteAccess } from "./remote-access";
import { readSecret, type SecretSources } from "./secrets";

/** What reaching a repository takes of its settings. */
type Reachable = Pick<GitRepository, "remote" | "credentials">;

export interface GitAccess {
  /**
   * Runs `work` with the mirror held.
   *
   * @throws GitFailure when git fails, or the installation does not allow the remote's protocol.
   */
  use: <T>(repository: Reachable, work: (mirror: Mirror) => Promise<T>) => Promise<T>;
  /** @throws DomainError `unavailable` when the secret is not there. */
  secret: (reference: string) => Promise<string>;
}

export interface GitAccessSettings {
  /** The folder of this process' mirrors: two processes never share one. */
  root: string;
  environment: NodeJS.ProcessEnv;
  protocols: readonly GitProtocol[];
  secretsFolder: string;
  /** Stops running gits. */
  signal?: AbortSignal;
}

export function createGitAccess(settings: GitAccessSettings): GitAccess {
  const sources: SecretSources = { environment: settings.environment, folder: settings.secretsFolder };
  const git = { environment: settings.environment, protocols: settings.protocols };
  const hold = createMutex();
  return {
    secret: (reference) => readSecret(sources, reference),
    use: async (repository, work) => {
      const remote = allowedRemote(repository.remote, settings.protocols);
      return hold(mirrorFolder(settings.root, remote), async () => {
        const access = () => remoteAccess(repository.credentials, { sources, root: settings.root });
        return work(await openMirror({ git, root: settings.root, remote, access, signal: settings.signal }));
      });
    },
  };
}

function allowedRemote(address: string, protocols: readonly GitProtocol[]): Remote {
  const remote = parseRemote(address);
  if ("problem" in remote) throw new DomainError("invalid_input", `the remote ${remote.problem}`);
  if (protocols.includes(remote.protocol)) return remote;
  throw new GitFailure(
    "not_allowed",
    `this installation does not use ${remote.protocol} remotes: add ${remote.protocol} to SWITCHBACK_GIT_PROTOCOLS (${protocols.join(",")})`,
  );
}

/** Work of one name runs one after the other, whatever became of the one before. */
function createMutex(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const tails = new Map<string, Promise<unknown>>();
  return (name, work) => {
    const before = tails.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    tails.set(name, mine);
    // The last one out forgets the name, so that removed repositories leave nothing behind.
    const leave = (): void => void (tails.get(name) === mine && tails.delete(name));
    mine.then(leave, leave);
    return mine;
  };
}
