/**
 * Runs git with nothing of the machine's or the repository's own configuration: no prompts, no hooks, no helpers, only the
 * protocols that were allowed. Arguments are never built from text that has not been checked.
 */
import { execFile } from "node:child_process";
import type { GitProtocol } from "@/server/domain/gitops/remote";

/** Why git did not do what it was asked. `stopped`: we end; `failed` is everything that is not known by its words. */
export type GitFailureKind = "unreachable" | "denied" | "missing" | "not_allowed" | "timeout" | "stopped" | "failed";

/** Git's refusal or failure: the message is safe to show, it holds no credentials. */
export class GitFailure extends Error {
  readonly kind: GitFailureKind;

  constructor(kind: GitFailureKind, message: string) {
    super(message);
    this.name = "GitFailure";
    this.kind = kind;
  }
}

/** How every git process is run. */
export interface GitSettings {
  /** The process' own environment: only what finding programs needs is taken from it. */
  environment: NodeJS.ProcessEnv;
  protocols: readonly GitProtocol[];
}

export interface GitCall {
  /** The repository: a bare one's folder, or a working copy's. */
  directory: string;
  args: readonly string[];
  input?: string | Buffer;
  /** Added to the environment: credentials, identities, a temporary index. */
  environment?: Readonly<Record<string, string>>;
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
  /** Exit codes other than 0 that are answers. */
  answers?: readonly number[];
  /** Texts that must not appear in messages. */
  secrets?: readonly string[];
}

export interface GitAnswer {
  code: number;
  stdout: Buffer;
}

const LOCAL_TIMEOUT_MS = 30_000;
/** Fetching and pushing. */
export const REMOTE_TIMEOUT_MS = 300_000;
const MOST_OUTPUT_BYTES = 256 * 1024 * 1024;

/** Programs, certificates and proxies are found by these; nothing else reaches git, no home with a `.netrc` either. */
const KEPT = [
  "PATH",
  "LD_LIBRARY_PATH",
  "GIT_SSL_CAINFO",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "HTTPS_PROXY",
  "https_proxy",
  "NO_PROXY",
  "no_proxy",
  "TMPDIR",
];

/** @throws GitFailure when git ends otherwise than with 0 or one of `answers`, or not in time. */
export function runGit(settings: GitSettings, call: GitCall): Promise<GitAnswer> {
  const { directory, input, timeoutMs = LOCAL_TIMEOUT_MS, answers = [] } = call;
  const args = ["-C", directory, ...configuration(settings), ...call.args];
  const options = {
    env: environmentOf(settings, call),
    encoding: "buffer" as const,
    maxBuffer: MOST_OUTPUT_BYTES,
    timeout: timeoutMs,
    ...(call.signal === undefined ? {} : { signal: call.signal }),
  };
  return new Promise((resolve, reject) => {
    const child = execFile("git", args, options, (error, stdout, stderr) => {
      if (error === null) return resolve({ code: 0, stdout });
      const code = typeof error.code === "number" ? error.code : undefined;
      if (code !== undefined && answers.includes(code)) return resolve({ code, stdout });
      if (call.signal?.aborted === true) return reject(new GitFailure("stopped", "git was stopped: Switchback ends"));
      if (error.killed === true)
        return reject(new GitFailure("timeout", `git ${call.args[0] ?? ""} took longer than ${timeoutMs / 1000} s`));
      reject(failureOf(call, stderr.toString("utf8"), error.message));
    });
    // A git that ends before it has read everything says why on its own.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

function configuration({ protocols }: GitSettings): string[] {
  const values = [
    "protocol.allow=never",
    ...protocols.map((protocol) => `protocol.${protocol}.allow=always`),
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.quotePath=false",
    "credential.helper=",
    "gc.autoDetach=false",
    "maintenance.autoDetach=false",
    "transfer.fsckObjects=true",
    "commit.gpgSign=false",
    "log.showSignature=false",
    // Pipelines check out as another user; nothing of the repository's own configuration runs a program here.
    "safe.directory=*",
  ];
  return values.flatMap((value) => ["-c", value]);
}

function environmentOf(settings: GitSettings, call: GitCall): NodeJS.ProcessEnv {
  const kept = KEPT.flatMap((name) => {
    const value = settings.environment[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...Object.fromEntries(kept),
    NODE_ENV: "production",
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_LITERAL_PATHSPECS: "1",
    ...call.environment,
  };
}

const KINDS: readonly (readonly [GitFailureKind, RegExp])[] = [
  ["not_allowed", /transport '[^']*' not allowed/],
  [
    "denied",
    /Authentication failed|could not read (Username|Password)|Permission denied|Host key verification failed|returned error: 40[13]|terminal prompts disabled/,
  ],
  ["missing", /[Rr]epository .*not found|does not appear to be a git repository|returned error: 404/],
  [
    "unreachable",
    /unable to access|Could not resolve host|Connection (refused|reset|timed out|closed)|Could not read from remote|early EOF|hung up|No route to host|unable to look up/,
  ],
];

function failureOf(call: GitCall, stderr: string, message: string): GitFailure {
  const kind = KINDS.find(([, words]) => words.test(stderr))?.[0] ?? "failed";
  const lines = stderr.split("\n").filter((line) => /^(fatal|error|remote|ssh|ERROR)\b/.test(line));
  const shown = (lines.length > 0 ? lines : [stderr.trim() || message]).join("; ").slice(0, 500);
  const safe = (call.secrets ?? []).reduce((text, secret) => text.replaceAll(secret, "***"), shown);
  return new GitFailure(kind, `git ${call.args[0] ?? ""}: ${safe}`);
}
