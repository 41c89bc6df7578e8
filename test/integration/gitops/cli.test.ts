/** The command line's gitops commands against the JSON API: what they print and how they end. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { recordEvaluation } from "@/server/control/record-evaluation";
import { rollback } from "@/server/control/rollback";
import { findAlias } from "@/server/store/control/aliases";
import { findLiveRollout } from "@/server/store/control/rollouts";
import { runCommand, type Ran } from "@/test/integration/cli/run-command";
import { APP, BREACH, CONTROLLER, ON_PRODUCTION, person } from "@/test/integration/control/fixtures";
import { startGitServer, type GitServer } from "./git-server";
import { git, manifest, type Remote } from "./remote";
import { firstCommit, MANIFEST, merge } from "./story";

interface Desk {
  server: GitServer;
  remote: Remote;
  run: (...args: string[]) => Promise<Ran>;
}

/** A connected repository whose first commit is applied, and a pipeline's command line in a clone of it. */
async function desk(holder: Parameters<GitServer["tokenFor"]>[0] = { role: "release_manager" }): Promise<Desk> {
  const server = await startGitServer();
  const remote = firstCommit();
  const admin = server.tokenFor({ role: "admin" });
  await server.call(admin, "PUT", `/api/v1/applications/${APP}/git`, { remote: remote.path, pollSeconds: 5 });
  const environment = { SWITCHBACK_URL: server.url, SWITCHBACK_TOKEN: server.tokenFor(holder) };
  return {
    server,
    remote,
    run: (command, ...args) =>
      runCommand(["gitops", command, ...args, "--application", APP], { environment, nowMs: Date.now() }),
  };
}

async function until(what: () => Promise<boolean>, message: string): Promise<void> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline;) {
    if (await what()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(message);
}

describe("gitops plan", () => {
  test("shows what a checked-out commit would change, before it is pushed", async () => {
    const { remote, run } = await desk({ scopes: ["ci"] });
    await run("apply");
    git(remote.clone, "checkout", "--quiet", "-B", "work", "main");
    writeFileSync(
      join(remote.clone, "prompts/support/answer@1.10.md"),
      "---\nversion: 1.10\nvariables: [question]\n---\nBe brief: {{ question }}\n",
    );
    writeFileSync(
      join(remote.clone, "models/deploy-assistant/1.10.yaml"),
      "components:\n  prompt: answer@1.10\n  model: lora@1.9\n",
    );
    writeFileSync(join(remote.clone, MANIFEST), manifest("1.10"));
    git(remote.clone, "add", "--all");
    git(remote.clone, "commit", "--quiet", "-m", "Be brief");
    const planned = await run("plan", "--repository", remote.clone);
    expect(planned).toMatchObject({ code: 0, err: "" });
    expect(planned.out.replaceAll(/[0-9a-f]{8,10}/g, "<id>")).toBe(
      `Plan for deploy-assistant at <id>

  + release <id>  deploy-assistant@1.10
      prompt support/answer@1.9#<id> → answer@1.10#<id>
  → production: <id> → <id> (1.10): a rollout under policy careful
  = staging: <id>

Changes: 1 new release, 1 rollout to start.
`,
    );
    const [answer] = (await run("plan", "--repository", remote.clone, "--json")).json() as { verdict: string }[];
    expect(answer).toMatchObject({ verdict: "changes", application: APP });
  });

  test("refuses a prompt that was changed without a new version, and one with an undeclared variable", async () => {
    const { remote, run } = await desk({ scopes: ["ci"] });
    await run("apply");
    remote.push(
      {
        "prompts/support/answer@1.9.md":
          "---\nversion: 1.9\nvariables: [question]\n---\nOther text {{ question }} {{ name }}\n",
      },
      { branch: "work" },
    );
    const planned = await run("plan", "--repository", remote.clone, "--commit", "work");
    expect(planned.code).toBe(1);
    expect(planned.out).toContain(
      "prompts/support/answer@1.9.md: error version_reused: support/answer@1.9 is part of release",
    );
    expect(planned.out).toContain(
      "prompts/support/answer@1.9.md:5: error variable_undeclared: {{ name }} is used but not declared",
    );
    // The server reads the same from its remote.
    expect(await run("plan", "--remote", "--commit", "work")).toMatchObject({ code: 1, out: planned.out });
  });

  test.each([
    ["a directory that is no checkout", ["--repository", "/"], "not a git repository"],
    ["a commit that is not there", ["--commit", "nowhere"], "there is no commit"],
  ])("%s could not be told", async (_, flags, message) => {
    const { remote, run } = await desk();
    const at = flags.includes("--repository") ? [] : ["--repository", remote.clone];
    const planned = await run("plan", ...flags, ...at);
    expect(planned.code).toBe(2);
    expect(planned.err).toContain(message);
  });
});

describe("gitops apply", () => {
  test("starts what the branch declares; the pipeline of an older commit finds its work done", async () => {
    const { server, remote, run } = await desk({ scopes: ["ci"] });
    const first = remote.head() ?? "";
    expect(await run("apply", "--commit", first)).toMatchObject({ code: 0, err: "" });
    const merged = merge(remote);
    const applied = await run("apply", "--commit", merged);
    expect(applied).toMatchObject({ code: 0 });
    expect(applied.out).toMatch(/production: started: rollout rol_\w+ is canary/);
    const late = await run("apply", "--commit", first);
    expect(late).toMatchObject({ code: 0 });
    expect(late.out).toMatch(/production: running: rollout rol_\w+ is canary/);
    const unmerged = remote.push({ "x.md": "x" }, { branch: "work" });
    const refused = await run("apply", "--commit", unmerged);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("is not in main");
    // The next release waits for the one under way.
    remote.push({
      "models/deploy-assistant/1.11.yaml": "components: { prompt: answer@1.10, model: lora@2.0 }\n",
      [MANIFEST]: manifest("1.11"),
    });
    const waiting = await run("apply");
    expect(waiting.code).toBe(2);
    expect(waiting.out).toContain("production: waiting: rollout");
    expect(findLiveRollout(server.world.db, ON_PRODUCTION)).toBeDefined();
  });

  test("needs a role or the ci scope", async () => {
    const { run } = await desk({ scopes: ["read"] });
    expect((await run("apply")).code).toBe(1);
  });
});

describe("gitops status, reconcile and clear-quarantine", () => {
  test("tell the drift after a rollback, wait for its commit, and let a release come back with a reason", async () => {
    const { server, remote, run } = await desk();
    await run("apply");
    await until(async () => (await run("status")).code === 0, "git and what runs did not come to agree");
    merge(remote);
    await run("apply");
    const live = findLiveRollout(server.world.db, ON_PRODUCTION);
    recordEvaluation(server.world.as(CONTROLLER, Date.now()), {
      rolloutId: live?.id ?? "",
      atMs: Date.now(),
      evaluation: BREACH,
      codeVersion: "test",
    });
    await until(async () => remote.message().includes("revert(production)"), "git was not brought back");
    await until(async () => (await run("status")).code === 0, "git and what runs did not come to agree again");
    const failed = live?.candidateId ?? "";

    // Somebody declares the failed release again.
    remote.push({ [MANIFEST]: manifest("1.10") });
    const refused = await run("apply");
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(
      /production: refused: \w+ is quarantined on production: a rollback marked it bad in incident inc_/,
    );
    await until(async () => (await run("status")).out.includes("held back until git agrees"), "the drift was not seen");
    expect((await run("status")).code).toBe(1);

    const reconciled = await run("reconcile", "--reason", "it is still bad", "--wait", "20");
    expect(reconciled).toMatchObject({ code: 0, err: "" });
    expect(reconciled.out).toMatch(/^production: committed: commit [0-9a-f]{10} on main sets production to 1.9\n$/);
    // Plain, it would be a number to others who read the file.
    expect(remote.read(MANIFEST)).toBe(manifest('"1.9"'));

    const cleared = await run("clear-quarantine", failed, "--reason", "it was the provider");
    expect(cleared).toMatchObject({ code: 0 });
    remote.push({ [MANIFEST]: manifest("1.10") });
    expect((await run("apply")).out).toMatch(/production: started/);
  });

  test("a reconciliation that does not come in time could not be told", async () => {
    const { server, run } = await desk();
    await run("apply");
    await until(async () => (await run("status")).code === 0, "git was not read");
    const nothing = await run("reconcile", "--reason", "none");
    expect(nothing.code).toBe(1);
    expect(nothing.err).toContain("agree on production");
    server.world.serve(server.world.release(7), Date.now());
    await until(async () => (await run("status")).code === 1, "the move was not seen");
    const asked = await run("reconcile", "--reason", "keep it", "--wait", "0", "--json");
    const [answer] = asked.json() as { toReleaseId: string }[];
    expect([0, 2]).toContain(asked.code);
    expect(answer?.toReleaseId).toBe(findAlias(server.world.db, ON_PRODUCTION)?.releaseId);
    rollback(server.world.as(person("on_call"), Date.now()), { application: APP, reason: "done" });
  });
});
