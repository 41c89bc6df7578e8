/** A real bare repository, and a person's clone of it to push from. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "switchback-git-"));
let made = 0;

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A new folder that goes away with the test file. */
export function newFolder(name: string): string {
  made += 1;
  const path = join(folder, `${made}-${name}`);
  mkdirSync(path, { recursive: true });
  return path;
}

/** Git as a person runs it, apart from this machine's own configuration. */
export function git(directory: string, ...args: string[]): string {
  return execFileSync("git", args, {
    cwd: directory,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"] ?? "",
      NODE_ENV: "test",
      LC_ALL: "C",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_AUTHOR_NAME: "Ana",
      GIT_AUTHOR_EMAIL: "ana@example.org",
      GIT_COMMITTER_NAME: "Ana",
      GIT_COMMITTER_EMAIL: "ana@example.org",
    },
  }).trim();
}

export interface Remote {
  /** The bare repository. */
  path: string;
  /** A working copy that pushes to it. */
  clone: string;
  /** Writes files (null deletes), commits and pushes to `branch`; returns the commit. */
  push: (
    files: Record<string, string | null>,
    options?: { message?: string; branch?: string; author?: string },
  ) => string;
  /** A file's content on a branch. */
  read: (path: string, branch?: string) => string;
  head: (branch?: string) => string | undefined;
  branches: () => string[];
  /** The message of a branch's newest commit. */
  message: (branch?: string) => string;
  /** Makes the server refuse pushes to main, as a protected branch does. */
  protect: () => void;
}

export function newRemote(): Remote {
  const path = newFolder("remote.git");
  const clone = newFolder("clone");
  git(path, "init", "--quiet", "--bare", "--initial-branch=main");
  git(clone, "init", "--quiet", "--initial-branch=main");
  git(clone, "remote", "add", "origin", path);
  const head = (branch = "main"): string | undefined => {
    try {
      return git(path, "rev-parse", "--verify", "--quiet", `refs/heads/${branch}`);
    } catch {
      return undefined;
    }
  };
  return {
    path,
    clone,
    head,
    push: (files, { message = "change", branch = "main", author } = {}) => {
      const base = head(branch) ?? head("main");
      if (base !== undefined) {
        git(clone, "fetch", "--quiet", "origin");
        git(clone, "checkout", "--quiet", "-B", branch, base);
      }
      for (const [name, content] of Object.entries(files)) {
        const at = join(clone, name);
        if (content === null) rmSync(at);
        else {
          mkdirSync(dirname(at), { recursive: true });
          writeFileSync(at, content);
        }
      }
      git(clone, "add", "--all");
      const by = author === undefined ? [] : [`--author=${author}`];
      git(clone, "commit", "--quiet", "--allow-empty", ...by, "-m", message);
      git(clone, "push", "--quiet", "origin", `HEAD:refs/heads/${branch}`);
      return git(clone, "rev-parse", "HEAD");
    },
    read: (file, branch = "main") =>
      execFileSync("git", ["cat-file", "blob", `refs/heads/${branch}:${file}`], { cwd: path, encoding: "utf8" }),
    branches: () => git(path, "for-each-ref", "--format=%(refname:short)", "refs/heads").split("\n").filter(Boolean),
    message: (branch = "main") => git(path, "log", "-1", "--format=%an <%ae>%n%B", `refs/heads/${branch}`),
    protect: () => {
      const hook = join(path, "hooks/pre-receive");
      mkdirSync(dirname(hook), { recursive: true });
      writeFileSync(
        hook,
        '#!/bin/sh\nwhile read -r _ _ ref; do\n  [ "$ref" = refs/heads/main ] && { echo "main is protected" >&2; exit 1; }\ndone\nexit 0\n',
      );
      chmodSync(hook, 0o755);
    },
  };
}

/** A prompt file with one variable. */
export function prompt(version: string, text: string): string {
  return `---\nname: answer\nversion: ${version}\nowner: support@example.org\nvariables:\n  question: What the user asked\n---\n${text}\nQuestion: {{ question }}\n`;
}

/** A release file of the prompt at a version. */
export function release(promptVersion: string): string {
  return `components:\n  prompt: support/answer@${promptVersion}\n  model: lora@1.9\n`;
}

/** A manifest as people keep one: comments, odd spaces, quotes. */
export function manifest(production: string): string {
  return `# Who serves what.
# Ask in #releases before you touch production.

aliases:
  production:  ${production}   # pinned by Ana
  'staging' : "deploy-assistant@1.9"   # a day behind
`;
}
