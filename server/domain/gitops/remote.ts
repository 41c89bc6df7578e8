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

const REMOTE_FORM =
  "an https://, ssh:// or file:// address, user@host:path, or an absolute path, e.g. https://github.com/acme/prompts.git";

const HTTP = /^(https?):\/\/([^/?#\s]+)\/([^?#]+)$/;
const SSH = /^ssh:\/\/((?:[\w.][\w.-]*@)?[\w.[][\w.:[\]-]*)\/([^?#]+)$/;
const SCP = /^((?:[\w.][\w.-]*@)?[\w.][\w.-]*):(?!\/\/)([^:?#-][^?#]*)$/;

/**
 * Reads a remote.
 *
 * @returns what is wrong with it, in words, when it is none: an option, a transport helper (`ext::`), or an address that
 *   carries a password.
 */
export function parseRemote(text: string): Remote | { readonly problem: string } {
  const remote =
    hasControl(text) || text !== text.trim() ? undefined : (readPath(text) ?? readHttp(text) ?? readSsh(text));
  return remote ?? { problem: `must be ${REMOTE_FORM}` };
}

function readPath(address: string): Remote | undefined {
  const path = address.startsWith("file:///") ? address.slice("file://".length) : address;
  return path.startsWith("/") ? { protocol: "file", address, host: null, path } : undefined;
}

function readHttp(address: string): Remote | { problem: string } | undefined {
  const [, protocol, host = "", path = ""] = HTTP.exec(address) ?? [];
  if (protocol !== "http" && protocol !== "https") return undefined;
  if (host.includes("@")) {
    return { problem: "must not carry a user or password: name them in credentials, as env:… or file:…" };
  }
  return hosted(address, { protocol, host, path });
}

function readSsh(address: string): Remote | undefined {
  const [, host, path = ""] = SSH.exec(address) ?? SCP.exec(address) ?? [];
  return host === undefined ? undefined : hosted(address, { protocol: "ssh", host: host.replace(/^.*@/, ""), path });
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
