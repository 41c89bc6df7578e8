import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isBranchName, parseRemote } from "@/server/domain/gitops/remote";
import { fillPath, GitRepository, isPathInside } from "@/server/domain/gitops/repository";

describe("parseRemote", () => {
  test.each([
    ["https://github.com/acme/prompts.git", "https", "github.com", "acme/prompts"],
    ["https://Git.Example:8443/group/sub/prompts", "https", "git.example:8443", "group/sub/prompts"],
    ["http://127.0.0.1:3001/acme/prompts.git", "http", "127.0.0.1:3001", "acme/prompts"],
    ["ssh://git@github.com/acme/prompts.git", "ssh", "github.com", "acme/prompts"],
    ["ssh://git@git.example:2222/acme/prompts.git", "ssh", "git.example:2222", "acme/prompts"],
    ["git@github.com:acme/prompts.git", "ssh", "github.com", "acme/prompts"],
    ["file:///srv/git/prompts.git", "file", null, "/srv/git/prompts.git"],
    ["/srv/git/prompts.git", "file", null, "/srv/git/prompts.git"],
    ["/srv/with space/prompts.git", "file", null, "/srv/with space/prompts.git"],
  ])("reads %s", (address, protocol, host, path) => {
    expect(parseRemote(address)).toEqual({ protocol, address, host, path });
  });

  test.each([
    "",
    " https://github.com/acme/prompts",
    "prompts.git",
    "../prompts.git",
    "-oProxyCommand=touch /tmp/x",
    "--upload-pack=touch /tmp/x",
    "ext::sh -c 'touch /tmp/x'",
    "fd::17/foo",
    "ssh://-oProxyCommand=touch/x",
    "-oProxyCommand=x@host:path",
    "host:-oProxyCommand",
    "https://github.com",
    "https://github.com/acme/prompts?x=1",
    "https://github.com/acme/prompts#main",
    "https://user:password@github.com/acme/prompts",
    "https://token@github.com/acme/prompts",
    "git://github.com/acme/prompts",
    "ftp://github.com/acme/prompts",
    "https://github.com/acme/\nprompts",
    "https://github.com/acme/\0prompts",
  ])("refuses %j", (address) => {
    expect(parseRemote(address)).toHaveProperty("problem");
  });

  test("says where a password belongs", () => {
    expect(parseRemote("https://user:pw@github.com/acme/prompts")).toEqual({
      problem: expect.stringContaining("credentials") as string,
    });
  });

  test("never takes what git would read as an option or a helper", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40 }), (text) => {
        const read = parseRemote(text);
        if ("problem" in read) return;
        expect(read.address.startsWith("-")).toBe(false);
        expect(read.address).not.toMatch(/^[a-z]+::/);
        expect(read.host ?? "").not.toMatch(/^-/);
      }),
    );
  });
});

describe("isBranchName", () => {
  test.each(["main", "release/2026-04", "switchback/revert-inc_01", "a.b", "ü"])("takes %s", (name) => {
    expect(isBranchName(name)).toBe(true);
  });
  test.each([
    "",
    "-x",
    "a..b",
    "a b",
    "a~1",
    "a^",
    "a:b",
    "a?",
    "a*",
    "a[",
    "a\\b",
    "/a",
    "a/",
    "a//b",
    ".a",
    "a/.b",
    "a.lock",
    "a.",
    "@",
    "a@{1}",
    "HEAD",
    "a\n",
  ])("refuses %j", (name) => {
    expect(isBranchName(name)).toBe(false);
  });
});

describe("the settings of a repository", () => {
  const given = { application: "deploy-assistant", remote: "https://github.com/acme/prompts.git" };

  test("have defaults that write nothing by themselves but reverts", () => {
    expect(GitRepository.parse(given)).toMatchObject({
      branch: "main",
      environments: ["production"],
      paths: {
        prompts: "prompts",
        features: "features",
        models: "models/{application}",
        aliases: "deployments/{environment}/aliases.yaml",
      },
      writeBack: "direct",
      autoApply: false,
      pollSeconds: 60,
    });
  });

  test.each([
    ["a secret itself", { credentials: { token: "ghp_abcdef" } }],
    ["a variable that is not git's", { credentials: { token: "env:AWS_SECRET_ACCESS_KEY" } }],
    ["a file outside the secrets folder", { credentials: { token: "file:../../etc/passwd" } }],
    ["a key in a variable", { credentials: { sshKey: "env:SWITCHBACK_GIT_KEY" } }],
    ["a path outside", { paths: { prompts: "../prompts" } }],
    ["an absolute path", { paths: { prompts: "/prompts" } }],
    ["a placeholder that is part of a folder", { paths: { models: "models-{application}" } }],
    [
      "one manifest for two environments",
      { environments: ["staging", "production"], paths: { aliases: "aliases.yaml" } },
    ],
    ["a branch that is an option", { branch: "--upload-pack=x" }],
    ["an unknown key", { brnach: "main" }],
  ])("refuse %s", (_, change) => {
    expect(GitRepository.safeParse({ ...given, ...change }).success).toBe(false);
  });

  test("paths stay inside, whatever is put into them", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), (path) => {
        if (!isPathInside(path)) return;
        expect(path.split("/")).not.toContain("..");
        expect(path.startsWith("/")).toBe(false);
      }),
    );
    expect(fillPath("deployments/{environment}/{application}.yaml", { application: "a", environment: "e" })).toBe(
      "deployments/e/a.yaml",
    );
  });
});
