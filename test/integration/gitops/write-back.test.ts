/** Bringing git to what runs when others push, the remote is away, or the branch is protected. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { rollback } from "@/server/control/rollback";
import { startRollout } from "@/server/control/start-rollout";
import { ReleaseId } from "@/server/domain/ids";
import type { GitAccess } from "@/server/integrations/git/git-access";
import { APP, ON_PRODUCTION, person } from "@/test/integration/control/fixtures";
import { fakeHost } from "./host-fake";
import { newInstallation } from "./installation";
import { git, manifest, newFolder } from "./remote";
import { serveOverHttp, type SmartHttp } from "./smart-http";
import { firstCommit, MANIFEST, merge, onProduction, rolledBack, started, type Story } from "./story";

const TOKEN = "s3cret-t0ken";

// The matcher stands for a string; its own type says nothing.
const containing = (text: string): string => expect.stringContaining(text) as string;

/** Another hand that is a moment faster: `push` runs ahead of each push that the product makes, while `times` lasts. */
interface OtherHand {
  times: number;
  push: (round: number) => void;
  wrap: (access: GitAccess) => GitAccess;
}

function otherHand(): OtherHand {
  const hand: OtherHand = {
    times: 0,
    push: () => undefined,
    wrap: (access) => ({
      ...access,
      use: (repository, work) =>
        access.use(repository, (mirror) =>
          work({
            ...mirror,
            push: (push) => {
              if (hand.times-- > 0) hand.push(hand.times);
              return mirror.push(push);
            },
          }),
        ),
    }),
  };
  return hand;
}

describe("two hands push at once", () => {
  test("the revert goes on top of the other's commits, which are kept", async () => {
    const hand = otherHand();
    const { remote, installation } = await rolledBack({ wrap: hand.wrap });
    hand.push = (round) => void remote.push({ [`notes/${round}.md`]: "hello\n" });
    hand.times = 2;
    await installation.tick();
    expect(remote.read(MANIFEST)).toBe(manifest("deploy-assistant@1.9"));
    expect(remote.read("notes/0.md")).toBe("hello\n");
    expect(remote.read("notes/1.md")).toBe("hello\n");
    expect(git(remote.path, "log", "--format=%s", "-3", "main").split("\n")).toEqual([
      expect.stringMatching(/^revert\(production\)/),
      "change",
      "change",
    ]);
    expect(installation.waiting()).toEqual([]);
  });

  test("when the other hand has reverted already, nothing is written", async () => {
    const hand = otherHand();
    const { remote, installation } = await rolledBack({ wrap: hand.wrap });
    hand.push = () => void remote.push({ [MANIFEST]: manifest("1.9") }, { message: "Back by hand" });
    hand.times = 1;
    await installation.tick();
    expect(remote.message()).toContain("Back by hand");
    await installation.tick();
    expect(installation.drift()).toMatchObject({ state: "in_sync", reference: "1.9" });
  });

  test("when the other hand declares a third release, that is left alone", async () => {
    const hand = otherHand();
    const { remote, installation } = await rolledBack({ wrap: hand.wrap });
    const third = "components: { prompt: support/answer@1.10, model: lora@2.0 }\n";
    hand.push = () => void remote.push({ "models/deploy-assistant/1.11.yaml": third, [MANIFEST]: manifest("1.11") });
    hand.times = 1;
    await installation.tick();
    expect(remote.read(MANIFEST)).toBe(manifest("1.11"));
    expect(installation.writeBacks()[0]).toMatchObject({ status: "not_needed" });
    await installation.tick();
    expect(installation.drift()).toMatchObject({ state: "behind_git", latched: false });
    expect(onProduction(await installation.plan())).toMatchObject({ action: "rollout" });
  });

  test("a branch that never stands still is tried again later", async () => {
    const hand = otherHand();
    const { remote, installation } = await rolledBack({ wrap: hand.wrap });
    hand.push = (round) => void remote.push({ "busy.txt": String(round) });
    hand.times = 7;
    await installation.tick();
    expect(installation.waiting()).toMatchObject([{ attempts: 1, lastError: containing("moved 5 times") }]);
    expect(installation.drift()).toMatchObject({ state: "ahead_of_git", latched: true });
    await installation.tick(10_000);
    expect(installation.waiting()).toEqual([]);
    expect(remote.read(MANIFEST)).toBe(manifest("deploy-assistant@1.9"));
  });

  test("a storm of real pushes loses neither side's commits", async () => {
    const { remote, installation } = await rolledBack();
    const other = newFolder("other");
    git(other, "clone", "--quiet", remote.path, ".");
    git(other, "config", "user.name", "Bo");
    git(other, "config", "user.email", "bo@example.org");
    const script = `i=0; while [ $i -lt 25 ]; do i=$((i+1)); echo $i > storm-$i.txt; git add . && git commit -qm "storm $i" || exit 1
      until git push -q origin HEAD:main 2>/dev/null; do git pull -q --rebase origin main || exit 1; done; done`;
    const storm = promisify(execFile)("sh", ["-c", script], { cwd: other });
    for (let ticks = 0; ticks < 40 && installation.waiting().length > 0; ticks++) await installation.tick(60_000);
    await storm;
    expect(installation.waiting()).toEqual([]);
    expect(remote.read(MANIFEST)).toBe(manifest("deploy-assistant@1.9"));
    const subjects = git(remote.path, "log", "--format=%s", "main").split("\n");
    expect(subjects.filter((subject) => subject.startsWith("storm"))).toHaveLength(25);
    expect(subjects.filter((subject) => subject.startsWith("revert("))).toHaveLength(1);
  });
});

describe("the remote is away", () => {
  test("the drift stays visible, attempts become rarer, and git follows when it is back", async () => {
    const { remote, installation, good } = await rolledBack();
    renameSync(remote.path, `${remote.path}.away`);
    await installation.tick();
    expect(installation.production()).toBe(good);
    expect(installation.waiting()).toMatchObject([{ attempts: 1, lastError: containing("git fetch") }]);
    expect(installation.drift()).toMatchObject({ state: "ahead_of_git", latched: true });
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      const [row] = installation.waiting();
      pauses.push((row?.nextAttemptAtMs ?? 0) - installation.clock.nowMs);
      await installation.tick(pauses.at(-1) ?? 0);
    }
    expect(pauses).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
    expect(installation.gitError()).toMatch(/git fetch/);
    expect(installation.drift()).toMatchObject({ state: "ahead_of_git", latched: true });
    renameSync(`${remote.path}.away`, remote.path);
    await installation.tick(300_000);
    expect(installation.waiting()).toEqual([]);
    expect(remote.read(MANIFEST)).toBe(manifest("deploy-assistant@1.9"));
    await installation.tick();
    expect(installation.gitError()).toBeNull();
    expect(installation.drift()).toMatchObject({ state: "in_sync" });
  });

  test("what agreed becomes doubtful, and what git said last is kept", async () => {
    const { remote, installation } = await started();
    renameSync(remote.path, `${remote.path}.away`);
    await installation.tick(60_000);
    expect(installation.drift()).toEqual({
      state: "git_unreachable",
      latched: false,
      reference: "deploy-assistant@1.9",
    });
    renameSync(`${remote.path}.away`, remote.path);
    await installation.tick(60_000);
    expect(installation.drift()).toMatchObject({ state: "in_sync" });
  });

  test("a rollback is not delayed by it", async () => {
    const { remote, installation, good } = await started();
    merge(remote);
    await installation.apply();
    installation.decide("promote");
    await installation.tick();
    renameSync(remote.path, `${remote.path}.away`);
    rollback(installation.as(person("on_call")), { application: APP, reason: "bad" });
    expect(installation.production()).toBe(good);
  });

  test("a release that a person lets come back meanwhile is not reverted", async () => {
    const { remote, installation, failed } = await rolledBack();
    renameSync(remote.path, `${remote.path}.away`);
    await installation.tick();
    const again = {
      ...ON_PRODUCTION,
      candidate: ReleaseId.parse(failed),
      clearMark: true,
      reason: "it was the provider",
    };
    startRollout(installation.as(person("release_manager")), again);
    renameSync(`${remote.path}.away`, remote.path);
    await installation.tick(60_000);
    expect(remote.read(MANIFEST)).toBe(manifest("deploy-assistant@1.10"));
    expect(installation.writeBacks()).toMatchObject([{ status: "not_needed" }]);
    expect(installation.drift()).toMatchObject({ state: "behind_git", latched: false });
  });

  test("a crash between push and record commits nothing twice", async () => {
    let crash = true;
    const { remote, installation } = await rolledBack({
      deliverer: (own) => ({
        ...own,
        deliver: async (...args) => {
          await own.deliver(...args);
          if (!crash) return;
          crash = false;
          throw new Error("the process was killed here");
        },
      }),
    });
    await installation.tick();
    const head = remote.head();
    expect(remote.message()).toContain("revert(production)");
    expect(installation.waiting()).toHaveLength(1);
    // Somebody pushes in between, so that the revert is no longer the head.
    remote.push({ "later.md": "x" });
    await installation.tick(10_000);
    expect(installation.waiting()).toEqual([]);
    expect(
      git(remote.path, "log", "--format=%s", "main")
        .split("\n")
        .filter((line) => line.startsWith("revert(")),
    ).toHaveLength(1);
    expect(installation.writeBacks()).toMatchObject([{ commit: head }]);
  });
});

describe("the branch is protected", () => {
  test("without a host the revert waits on a branch of its own, with the command that merges it", async () => {
    const { remote, installation } = await rolledBack();
    remote.protect();
    const before = remote.head();
    await installation.tick();
    expect(remote.head()).toBe(before);
    const [writeBack] = installation.writeBacks();
    expect(writeBack).toMatchObject({ status: "proposed", url: null });
    const branch = `switchback/revert-${writeBack?.incidentId ?? ""}`;
    expect(remote.branches()).toContain(branch);
    expect(remote.read(MANIFEST, branch)).toBe(manifest("deploy-assistant@1.9"));
    expect(writeBack?.message).toContain(`git merge origin/${branch}`);
    await installation.tick(60_000);
    expect(installation.drift()).toMatchObject({ state: "ahead_of_git", latched: true });

    // A person merges it.
    git(remote.path, "update-ref", "refs/heads/main", `refs/heads/${branch}`);
    await installation.tick(60_000);
    expect(installation.drift()).toMatchObject({ state: "in_sync" });
    expect(installation.writeBacks()).toMatchObject([{ status: "agreed" }]);
  });

  test.each([
    ["github", { authorization: `Bearer ${TOKEN}` }, { head: "BRANCH", base: "main" }],
    [
      "gitlab",
      { "private-token": TOKEN },
      { source_branch: "BRANCH", target_branch: "main", remove_source_branch: true },
    ],
  ] as const)("on %s a request is opened, over HTTP with a token that is never kept", async (kind, headers, fields) => {
    const host = await fakeHost(kind);
    host.troubles.push({ status: 502, body: {} });
    const { remote, installation, http, mirrors } = await startedOverHttp(kind, { apiUrl: host.url });
    merge(remote);
    await installation.apply();
    installation.decide("promote");
    await installation.tick();
    rollback(installation.as(person("on_call")), { application: APP, reason: "bad" });
    remote.protect();
    await installation.tick();
    // The host is in trouble: people are told where to open one, and it is tried again.
    expect(installation.waiting()).toMatchObject([{ attempts: 1, lastError: containing("answered 502") }]);
    expect(installation.writeBacks()).toMatchObject([{ status: "proposed", url: containing("/acme/prompts/") }]);
    await installation.tick(10_000);
    expect(installation.waiting()).toEqual([]);
    const [writeBack] = installation.writeBacks();
    expect(writeBack).toMatchObject({
      status: "proposed",
      url: expect.stringMatching(/\/(pull|merge_requests)\/1$/) as string,
    });
    const created = host.calls.at(-1);
    expect(created?.headers).toMatchObject(headers);
    const branch = `switchback/revert-${writeBack?.incidentId ?? ""}`;
    expect(created?.body).toMatchObject(JSON.parse(JSON.stringify(fields).replace("BRANCH", branch)) as object);
    expect(JSON.stringify(created?.body)).toContain(`/incidents/${writeBack?.incidentId ?? ""}`);
    expect(http.seen.length).toBeGreaterThan(0);
    expect(holdsText(mirrors, TOKEN)).toBe(false);
  });

  test("a host that has the request already, and one that says so without having it", async () => {
    const host = await fakeHost("github");
    const { remote, installation } = await startedOverHttp("github", { apiUrl: host.url });
    merge(remote);
    await installation.apply();
    remote.protect();
    installation.decide("rollback");
    host.troubles.push({ status: 422, body: { message: "Validation Failed" } }, { status: 200, body: [] });
    await installation.tick();
    expect(installation.writeBacks()[0]).toMatchObject({
      status: "proposed",
      url: containing("/compare/main...switchback/revert-"),
      message: containing("422"),
    });
    expect(installation.waiting()).toEqual([]);
  });

  test("a proposal is all that is made where the settings ask for one", async () => {
    const { remote, installation } = await rolledBack({ settings: { writeBack: "propose" } });
    const before = remote.head();
    await installation.tick();
    expect(remote.head()).toBe(before);
    expect(installation.writeBacks()).toMatchObject([{ status: "proposed" }]);
  });

  test("nothing is written where write-back is off, and the drift says so", async () => {
    const { remote, installation } = await rolledBack({ settings: { writeBack: "off" } });
    const before = remote.head();
    await installation.tick();
    expect(remote.head()).toBe(before);
    expect(remote.branches()).toEqual(["main"]);
    expect(installation.drift()).toMatchObject({ state: "ahead_of_git", latched: true });
  });

  test("a manifest that cannot be edited safely is left to a person", async () => {
    const { remote, installation } = await started();
    remote.push({
      "prompts/support/answer@1.10.md": readFileSync(
        join(remote.clone, "prompts/support/answer@1.9.md"),
        "utf8",
      ).replace("1.9", "1.10"),
      "models/deploy-assistant/1.10.yaml": "components: { prompt: support/answer@1.10, model: lora@1.9 }\n",
      [MANIFEST]: "x-new: &new deploy-assistant@1.10\naliases:\n  production: *new\n",
    });
    await installation.apply();
    installation.decide("rollback");
    await installation.tick();
    expect(installation.writeBacks()).toMatchObject([{ status: "impossible", message: containing("edit it by hand") }]);
    expect(installation.waiting()).toEqual([]);
    expect(installation.drift()).toMatchObject({ state: "ahead_of_git", latched: true });
  });
});

describe("credentials", () => {
  test("a wrong token is a failure that names no token, and git shows as unreachable", async () => {
    const remote = firstCommit();
    const http = await serveOverHttp(remote.path, { username: "switchback", token: TOKEN });
    const environment = { SWITCHBACK_GIT_TOKEN: "wr0ng-t0ken" };
    const installation = newInstallation({ remote: http.url, protocols: ["http"], environment });
    installation.connect({ credentials: { token: "env:SWITCHBACK_GIT_TOKEN" } });
    await installation.tick();
    expect(installation.gitError()).toMatch(/git fetch: .*Authentication failed/);
    expect(installation.gitError()).not.toContain("wr0ng");
    await expect(installation.apply()).rejects.toMatchObject({ code: "unavailable" });
  });

  test.each([
    ["a secret that is not there", { credentials: { token: "env:SWITCHBACK_GIT_TOKEN" } }, "set the variable"],
    ["a protocol that is not allowed", { remote: "https://git.example/acme/prompts.git" }, "SWITCHBACK_GIT_PROTOCOLS"],
    ["a branch that does not exist", { branch: "trunk" }, "no branch trunk"],
  ] as const)("%s is said with its remedy", async (_, settings, remedy) => {
    const installation = newInstallation({ remote: firstCommit().path });
    installation.connect(settings);
    await installation.tick();
    expect(installation.gitError()).toContain(remedy);
  });
});

/** As `started`, over HTTP with a token, on a host of the kind. */
async function startedOverHttp(
  kind: "github" | "gitlab",
  { apiUrl, token = TOKEN }: { apiUrl: string; token?: string },
): Promise<Story & { http: SmartHttp; mirrors: string }> {
  const remote = firstCommit();
  const http = await serveOverHttp(remote.path, { username: "switchback", token: TOKEN });
  const mirrors = newFolder("seen-mirrors");
  const environment = { SWITCHBACK_GIT_TOKEN: token };
  const story = await started({
    remote,
    address: http.url,
    protocols: ["http"],
    environment,
    mirrors,
    settings: { credentials: { token: "env:SWITCHBACK_GIT_TOKEN" }, host: { kind, apiUrl } },
  });
  return { ...story, http, mirrors };
}

/** Whether any file below the folder holds the text. */
function holdsText(folder: string, text: string): boolean {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).some((name) => {
    const path = join(folder, name);
    return statSync(path).isFile() && readFileSync(path).includes(text);
  });
}
