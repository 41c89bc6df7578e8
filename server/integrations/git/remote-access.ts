/** How git gets past a remote's door: a token through GIT_ASKPASS, or a key for ssh. Neither lands in a file of git's. */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GitRepository } from "@/server/domain/gitops/repository";
import { readSecret, secretPath, type SecretSources } from "./secrets";

/** What the environment of a git that talks to the remote gets. */
export interface RemoteAccess {
  environment: Readonly<Record<string, string>>;
  /** What messages must not show. */
  secrets: readonly string[];
}

const ASKPASS = `#!/bin/sh
case "$1" in
  Username*) printf '%s\\n' "$SWITCHBACK_ASKPASS_USERNAME" ;;
  *) printf '%s\\n' "$SWITCHBACK_ASKPASS_TOKEN" ;;
esac
`;

/**
 * Reads the credentials that the settings name.
 *
 * @throws DomainError `unavailable` for a secret that is not there.
 */
export async function remoteAccess(
  { username, token, sshKey, knownHosts }: GitRepository["credentials"],
  { sources, root }: { sources: SecretSources; root: string },
): Promise<RemoteAccess> {
  const ssh = sshCommand({
    ...(sshKey === undefined ? {} : { key: secretPath(sources, sshKey) }),
    ...(knownHosts === undefined ? {} : { knownHosts: secretPath(sources, knownHosts) }),
  });
  if (token === undefined) return { environment: { GIT_SSH_COMMAND: ssh }, secrets: [] };
  const secret = await readSecret(sources, token);
  const environment = {
    GIT_SSH_COMMAND: ssh,
    GIT_ASKPASS: await askpassScript(root),
    SWITCHBACK_ASKPASS_USERNAME: username,
    SWITCHBACK_ASKPASS_TOKEN: secret,
  };
  return { environment, secrets: [secret] };
}

/** Never asks, and never accepts a host that is not known. */
function sshCommand({ key, knownHosts }: { key?: string; knownHosts?: string }): string {
  const options = ["-o BatchMode=yes", "-o StrictHostKeyChecking=yes", "-o ConnectTimeout=20"];
  if (key !== undefined) options.push(`-i ${quoted(key)}`, "-o IdentitiesOnly=yes");
  if (knownHosts !== undefined) options.push(`-o UserKnownHostsFile=${quoted(knownHosts)}`);
  return `ssh ${options.join(" ")}`;
}

/** For the shell that git gives the command to. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

async function askpassScript(root: string): Promise<string> {
  const path = join(root, "askpass.sh");
  await mkdir(root, { recursive: true, mode: 0o700 });
  await writeFile(path, ASKPASS, { mode: 0o700 });
  await chmod(path, 0o700);
  return path;
}
