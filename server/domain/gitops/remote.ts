/** Addresses of git repositories and names of branches, as they may be handed to git. Reaches nothing itself. */

/** What git may speak; an installation allows some of them. */
export const GIT_PROTOCOLS = ["https", "ssh", "http", "file"] as const;
export type GitProtocol = (typeof GIT_PROTOCOLS)[number];

/** A remote that is safe to pass to git as an argument. */
export interface Remote {
  readonly protocol: GitProtocol;
  /** As it was written. */
  readonly address: string;
  /** Lower case, with the port where one is given; null for a path. */
  readonly host: string | null;
  /** Without a leading slash and `.git` for a host's repository, `acme/prompts`; the path itself for a file. */
  readonly path: string;
}

export const REMOTE_FORM =
  "an https://, ssh:// or file:// address, user@host:path, or an absolute path, e.g. https://github.com/acme/prompts.git";

const HTTP = /^(https?):\/\/([^/?#\s]+)\/([^?#]+)$/;
const SSH = /^ssh:\/\/((?:[\w.][\w.-]*@)?[\w.[][\w.:[\]-]*)\/([^?#]+)$/;
const SCP = /^((?:[\w.][\w.-]*@)?[\w.][\w.-]*):(?!\/\/|:)([^:?#][^?#]*)$/;

/**
 * Reads a remote.
 *
 * @returns what is wrong with it, in words, when it is none: an option, a transport helper (`ext::`), or an address that
 *   carries a password.
 */
export function parseRemote(text: string): Remote | { readonly problem: string } {
  if (hasControl(text) || text !== text.trim() || text === "") return { problem: `must be ${REMOTE_FORM}` };
  if (text.startsWith("/")) return { protocol: "file", address: text, host: null, path: text };
  if (text.startsWith("file:///"))
    return { protocol: "file", address: text, host: null, path: text.slice("file://".length) };
  const [, scheme, authority = "", httpPath = ""] = HTTP.exec(text) ?? [];
  if (scheme !== undefined) {
    if (authority.includes("@"))
      return { problem: "must not carry a user or password: name them in credentials, as env:… or file:…" };
    return hosted(text, { protocol: scheme === "http" ? "http" : "https", host: authority, path: httpPath });
  }
  const [, sshHost, sshPath = ""] = SSH.exec(text) ?? SCP.exec(text) ?? [];
  if (sshHost !== undefined) {
    return hosted(text, { protocol: "ssh", host: sshHost.replace(/^.*@/, ""), path: sshPath });
  }
  return { problem: `must be ${REMOTE_FORM}` };
}

function hosted(address: string, { protocol, host, path }: Omit<Remote, "address"> & { host: string }): Remote {
  const trimmed = path.replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");
  return { protocol, address, host: host.toLowerCase(), path: trimmed };
}

function hasControl(text: string): boolean {
  return /[\p{Cc}]/u.test(text);
}

/** Whether `git check-ref-format` accepts `refs/heads/<name>` and git does not read the name as something else. */
export function isBranchName(name: string): boolean {
  if (name === "" || name.length > 200 || name === "@" || name === "HEAD" || name.startsWith("-")) return false;
  if (hasControl(name) || /[ ~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|\.$/.test(name)) return false;
  return name.split("/").every((part) => !part.startsWith(".") && !part.endsWith(".lock"));
}
