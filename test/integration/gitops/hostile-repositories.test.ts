/** Git on a short lead: what a repository or an address might make it do, and mirrors that are damaged or wanted twice. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isBranchName } from "@/server/domain/gitops/remote";
import { createGitAccess } from "@/server/integrations/git/git-access";
import { git, manifest, newFolder, newRemote } from "./remote";
import { firstCommit, MANIFEST } from "./story";
import { codes, ENVIRONMENT, read } from "./declared";

describe("hostile repositories", () => {
  test("links, submodules and oversized files are not followed", async () => {
    const remote = newRemote();
    execFileSync("ln", ["-s", "/etc/passwd", join(remote.clone, "secret.json")]);
    remote.push({
      "models/deploy-assistant/1.9.yaml": "components: { prompt: a@1 }\nfiles: { prompt: secret.json }\n",
      "prompts/big@1.0.md": "x".repeat(1024 * 1024 + 1),
      [MANIFEST]: "aliases: {}\n",
    });
    const one = await read(remote.clone);
    expect(codes(one).toSorted()).toEqual(["error component_missing", "error file_too_large"]);
  });

  test("neither hooks nor the repository's configuration run anything", async () => {
    const remote = firstCommit();
    const trap = join(newFolder("trap"), "sprung");
    const script = join(newFolder("script"), "run.sh");
    writeFileSync(script, `#!/bin/sh\ntouch ${trap}\nexit 1\n`);
    chmodSync(script, 0o755);
    for (const [key, value] of [
      ["core.fsmonitor", script],
      ["core.sshCommand", script],
      ["core.pager", script],
      ["log.showSignature", "true"],
      ["gpg.program", script],
      ["diff.external", script],
      ["core.hooksPath", join(remote.clone, ".git/hooks")],
    ]) {
      git(remote.clone, "config", String(key), String(value));
    }
    mkdirSync(join(remote.clone, ".git/hooks"), { recursive: true });
    for (const hook of ["post-checkout", "pre-push", "reference-transaction"])
      execFileSync("cp", [script, join(remote.clone, ".git/hooks", hook)]);
    const one = await read(remote.clone);
    expect(one.releases).toHaveLength(1);
    expect(existsSync(trap)).toBe(false);
  });

  test.each([
    ["ext::sh -c 'touch TRAP'"],
    ["--upload-pack=touch TRAP"],
    ["ssh://-oProxyCommand=touch TRAP/x"],
    ["fd::17"],
  ])("%s is never given to git", async (address) => {
    const trap = join(newFolder("trap"), "sprung");
    const access = createGitAccess({
      root: newFolder("mirrors"),
      environment: ENVIRONMENT,
      protocols: ["https", "ssh", "http", "file"],
      secretsFolder: "/nowhere",
    });
    const credentials = { username: "x" };
    await expect(
      access.use({ remote: address.replace("TRAP", trap), credentials }, (mirror) => mirror.fetch()),
    ).rejects.toThrow(/must/);
    expect(existsSync(trap)).toBe(false);
  });

  test("a mirror that was damaged is made anew", async () => {
    const remote = firstCommit();
    const root = newFolder("mirrors");
    const access = createGitAccess({ root, environment: ENVIRONMENT, protocols: ["file"], secretsFolder: "/nowhere" });
    const reach = { remote: remote.path, credentials: { username: "x" } };
    const head = () => access.use(reach, async (mirror) => (await mirror.fetch(), mirror.head("main")));
    expect(await head()).toBe(remote.head());
    const [name = ""] = execFileSync("ls", [root], { encoding: "utf8" }).trim().split("\n");
    // A killed process leaves a lock behind, and a full disk half an object.
    writeFileSync(join(root, name, "refs/heads/main.lock"), "");
    remote.push({ [MANIFEST]: manifest("1.9") });
    expect(await head()).toBe(remote.head());
    execFileSync("rm", ["-rf", join(root, name, "objects")]);
    expect(await head()).toBe(remote.head());
  });

  test("a mirror is held by one at a time, and let go after a failure", async () => {
    const remote = firstCommit();
    const access = createGitAccess({
      root: newFolder("mirrors"),
      environment: ENVIRONMENT,
      protocols: ["file"],
      secretsFolder: "/nowhere",
    });
    const reach = { remote: remote.path, credentials: { username: "x" } };
    let held = 0;
    const work = async (): Promise<void> => {
      held += 1;
      expect(held).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      held -= 1;
      throw new Error("failed");
    };
    const outcomes = await Promise.allSettled([
      access.use(reach, work),
      access.use(reach, work),
      access.use(reach, work),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(outcomes.map((outcome) => String((outcome as PromiseRejectedResult).reason))).toEqual(
      Array(3).fill("Error: failed"),
    );
  });
});

test("a branch name is what git itself takes for one", () => {
  const directory = newFolder("names");
  git(directory, "init", "--quiet");
  const takes = (name: string): boolean => {
    try {
      git(directory, "check-ref-format", `refs/heads/${name}`);
      return true;
    } catch {
      return false;
    }
  };
  const piece = fc.constantFrom(
    "a",
    "main",
    ".",
    "..",
    "/",
    "-",
    "@",
    "{",
    "~",
    "^",
    ":",
    "?",
    "*",
    "[",
    "\\",
    " ",
    ".lock",
    "é",
    "1",
  );
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), (pieces) => {
      const name = pieces.join("");
      // These two are valid and read as something else, or as an option.
      expect(isBranchName(name)).toBe(takes(name) && name !== "@" && !name.startsWith("-"));
    }),
    { numRuns: 300 },
  );
});
