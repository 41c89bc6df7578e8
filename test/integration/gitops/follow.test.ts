/** What follows git by itself: automatic applies, the drift page, and the prompts that people look at. */
import { renameSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { moveAlias } from "@/server/control/move-alias";
import { pauseRollout } from "@/server/control/pause-rollout";
import { putGitRepository, removeGitRepository } from "@/server/control/put-git-repository";
import { rejectRollout } from "@/server/control/reject-rollout";
import { releaseQuarantine } from "@/server/control/release-quarantine";
import { submitEvaluation } from "@/server/control/submit-evaluation";
import { verifyAudit } from "@/server/control/verify-audit";
import { ReleaseId } from "@/server/domain/ids";
import { comparePrompts, promptLibrary } from "@/server/integrations/git/prompt-library";
import { gitDrift } from "@/server/read/git-drift";
import { GitDriftView } from "@/server/read/git-drift-view";
import { gitNeeds } from "@/server/read/git-needs";
import { findLiveRollout } from "@/server/store/control/rollouts";
import { findPolicy } from "@/server/store/control/policies";
import { APP, ON_PRODUCTION, person, rows, token } from "@/test/integration/control/fixtures";
import { FakeTelemetry } from "@/test/integration/read/fake-telemetry";
import { newInstallation, type Installation } from "./installation";
import { manifest, prompt, release } from "./remote";
import { firstCommit, MANIFEST, merge, onProduction, rolledBack, started } from "./story";

function drift({ deps, clock }: Installation) {
  const read = { control: deps.control, telemetry: new FakeTelemetry(), nowMs: clock.nowMs };
  return GitDriftView.parse(gitDrift(read, { application: APP }));
}

describe("automatic applies", () => {
  test("bring each new commit of the branch, once, and never what was taken out", async () => {
    const { remote, installation, good } = await started({ settings: { autoApply: true } });
    expect(installation.production()).toBe(good);
    merge(remote);
    await installation.tick(60_000);
    const live = findLiveRollout(installation.world.db, ON_PRODUCTION);
    expect(live).toMatchObject({ startedByKind: "system", startedByName: "gitops", policyName: "careful" });
    installation.decide("rollback");
    for (let ticks = 0; ticks < 4; ticks++) await installation.tick(60_000);
    expect(findLiveRollout(installation.world.db, ON_PRODUCTION)).toBeUndefined();
    expect(installation.production()).toBe(good);
    expect(drift(installation).git?.applied?.commit).toBe(remote.head());
  });

  test("wait for the rollout under way, and come when it has ended", async () => {
    const { remote, installation } = await started({ settings: { autoApply: true } });
    merge(remote);
    await installation.tick(60_000);
    const first = findLiveRollout(installation.world.db, ON_PRODUCTION)?.id ?? "";
    remote.push({
      "models/deploy-assistant/1.11.yaml": "components: { prompt: answer@1.10, model: lora@2.0 }\n",
      [MANIFEST]: manifest("1.11"),
    });
    await installation.tick(60_000);
    expect(findLiveRollout(installation.world.db, ON_PRODUCTION)?.id).toBe(first);
    installation.decide("promote");
    await installation.tick(60_000);
    expect(findLiveRollout(installation.world.db, ON_PRODUCTION)).toMatchObject({ state: "canary" });
    expect(findLiveRollout(installation.world.db, ON_PRODUCTION)?.id).not.toBe(first);
  });

  test("apply nothing of a commit with an error, and say it once", async () => {
    const { remote, installation } = await started({ settings: { autoApply: true } });
    remote.push({ "models/deploy-assistant/1.10.yaml": release("1.10"), [MANIFEST]: manifest("1.10") });
    await installation.tick(60_000);
    const audited = rows(installation.world.db, "audit_entries");
    await installation.tick(60_000);
    await installation.tick(60_000);
    expect(rows(installation.world.db, "audit_entries")).toBe(audited);
    expect(findLiveRollout(installation.world.db, ON_PRODUCTION)).toBeUndefined();
    expect(drift(installation).findings).toMatchObject([{ code: "component_missing" }, { code: "release_unknown" }]);
    expect(drift(installation).aliases[0]).toMatchObject({ alias: "production", state: "unknown_release" });
  });

  test("a rejected rollout is not started again by the next commit", async () => {
    const { remote, installation } = await started({ settings: { autoApply: true } });
    merge(remote);
    await installation.tick(60_000);
    const rolloutId = findLiveRollout(installation.world.db, ON_PRODUCTION)?.id ?? "";
    pauseRollout(installation.as(person("on_call")), { rolloutId, reason: "look" });
    rejectRollout(installation.as(person("release_manager")), { rolloutId, reason: "not good enough" });
    remote.push({ "README.md": "unrelated" });
    await installation.tick(60_000);
    expect(findLiveRollout(installation.world.db, ON_PRODUCTION)).toBeUndefined();
    expect(onProduction(await installation.plan())).toMatchObject({ action: "refused", rolloutId });
  });

  test("a cleared quarantine is looked at again", async () => {
    const { installation, failed } = await rolledBack({ settings: { autoApply: true, writeBack: "off" } });
    await installation.tick(60_000);
    expect(installation.drift()).toMatchObject({ latched: true });
    const releaseId = ReleaseId.parse(failed);
    releaseQuarantine(installation.as(person("release_manager")), {
      ...ON_PRODUCTION,
      releaseId,
      reason: "it was the provider",
    });
    await installation.tick();
    expect(findLiveRollout(installation.world.db, ON_PRODUCTION)).toMatchObject({ candidateId: failed });
  });

  test("an old policy that comes back is the old version, and the rollout takes it", async () => {
    const { remote, installation } = await started();
    const path = "models/deploy-assistant/promotion-policy.yaml";
    const original = remote.read(path);
    remote.push({ [path]: `${original}settle: 10s\n` });
    expect((await installation.apply()).policy).toEqual({ name: "careful", version: 2 });
    remote.push({ [path]: original });
    merge(remote);
    expect((await installation.apply()).policy).toEqual({ name: "careful", version: 1 });
    expect(findPolicy(installation.world.db, { name: "careful" })?.version).toBe(2);
    expect(findLiveRollout(installation.world.db, ON_PRODUCTION)?.policyVersion).toBe(1);
    expect((await installation.plan()).policy).toBeNull();
  });

  test("an alias that the policy does not guard moves at once, by git's authority and not the token's", async () => {
    const { remote, installation } = await started();
    const path = "models/deploy-assistant/promotion-policy.yaml";
    remote.push({
      [path]: `aliases: [production]\n${remote.read(path)}`,
      "models/deploy-assistant/1.10.yaml": "components: { prompt: answer@1.9, model: lora@2.0 }\n",
    });
    remote.push({
      [MANIFEST]: manifest("deploy-assistant@1.9").replace('"deploy-assistant@1.9"', '"deploy-assistant@1.10"'),
    });
    const applied = await installation.apply();
    expect(applied.aliases.find(({ alias }) => alias === "staging")).toMatchObject({ outcome: "moved" });
    expect(onProduction(applied)).toMatchObject({ outcome: "in_sync" });
  });
});

describe("the drift page", () => {
  test("shows git, the ledger and why they differ, apart", async () => {
    const { remote, installation, good, failed } = await rolledBack({ settings: { writeBack: "propose" } });
    await installation.tick();
    await installation.tick(90_000);
    const page = drift(installation);
    const [production] = page.aliases;
    expect(page.sentence).toBe(production?.sentence);
    expect(production).toMatchObject({
      alias: "production",
      state: "ahead_of_git",
      latched: true,
      desired: {
        reference: "deploy-assistant@1.10",
        release: { releaseId: failed },
        path: MANIFEST,
        commit: remote.head(),
      },
      running: { release: { releaseId: good, label: "deploy-assistant@1.9" }, move: { cause: "rollback" } },
      quarantine: { cause: "rollback", incidentId: expect.stringMatching(/^inc_/) as string },
      patch: { path: MANIFEST, from: "deploy-assistant@1.10", to: "deploy-assistant@1.9" },
      writeBack: { status: "proposed" },
      rollout: null,
    });
    expect(production?.sentence).toMatch(
      /^Git declares deploy-assistant@1.10 \(\w+\) on production, \w+ runs for 1 min: the declared release is held back until git agrees\.$/,
    );
    expect(page.git).toMatchObject({
      state: "reached",
      error: null,
      head: { commit: remote.head(), author: "Bo <bo@example.org>" },
    });
    expect(page.repository).toMatchObject({ remote: remote.path, branch: "main" });
    expect(page.undelivered).toBeNull();
    expect(page.quarantines).toMatchObject([
      { alias: "production", release: { releaseId: failed }, cause: "rollback" },
    ]);
    // As a plan that asks git says it.
    expect(page.plan).toEqual(await installation.plan());
    expect(page.plan).toMatchObject({ verdict: "refused", commit: remote.head() });
  });

  test("keeps what git said last while it is away, and says since when", async () => {
    const { remote, installation } = await rolledBack();
    const sinceMs = installation.clock.nowMs;
    renameSync(remote.path, `${remote.path}.away`);
    await installation.tick(60_000);
    const page = drift(installation);
    expect(page.git).toMatchObject({
      state: "unreachable",
      failingSince: new Date(sinceMs + 60_000).toISOString(),
      error: expect.stringContaining("git fetch") as string,
    });
    expect(page.undelivered).toMatchObject({ waiting: 1, attempts: 1 });
    expect(page.aliases[0]).toMatchObject({ state: "ahead_of_git", latched: true });
  });

  test("and the overview's list of what needs a person", async () => {
    const { remote, installation } = await rolledBack();
    const needs = () =>
      gitNeeds(
        { control: installation.deps.control, telemetry: new FakeTelemetry(), nowMs: installation.clock.nowMs },
        APP,
      );
    expect(needs()).toEqual([]);
    renameSync(remote.path, `${remote.path}.away`);
    await installation.tick();
    expect(needs()).toMatchObject([
      { kind: "drift", sentence: expect.stringContaining("held back until git agrees") as string },
      { kind: "drift", sentence: expect.stringContaining("Git has not been told of 1 change: git fetch") as string },
    ]);
    renameSync(`${remote.path}.away`, remote.path);
    await installation.tick(60_000);
    await installation.tick();
    expect(needs()).toEqual([]);
  });

  test("says what a newcomer has to do", async () => {
    const installation = newInstallation({ remote: firstCommit().path });
    expect(drift(installation)).toMatchObject({
      repository: null,
      git: null,
      aliases: [],
      sentence: expect.stringContaining("No git repository") as string,
    });
    installation.connect();
    expect(drift(installation)).toMatchObject({
      git: { state: "never_asked" },
      sentence: expect.stringContaining("has not been read yet") as string,
    });
    await installation.tick();
    expect(drift(installation)).toMatchObject({ sentence: expect.stringContaining("nothing runs yet") as string });
  });

  test("new settings start anew; without a repository nothing drifts", async () => {
    const { installation } = await started();
    const other = firstCommit();
    other.push({ [MANIFEST]: "aliases:\n  production: 1.9\n" });
    putGitRepository(installation.as(person("admin")), { application: APP, remote: other.path });
    expect(drift(installation)).toMatchObject({ aliases: [], git: { state: "never_asked" } });
    await installation.tick();
    expect(drift(installation).aliases).toMatchObject([{ desired: { reference: "1.9" } }]);
    removeGitRepository(installation.as(person("admin")), { application: APP, reason: "moves away" });
    await installation.tick(60_000);
    expect(drift(installation)).toMatchObject({ repository: null, aliases: [] });
    expect(await verifyAudit(installation.world.db)).toMatchObject({ valid: true });
  });

  test("a move is seen at the next tick, without asking git", async () => {
    const { installation } = await started();
    const checkedAt = drift(installation).git?.checkedAt;
    const releaseId = ReleaseId.parse(installation.world.release(7));
    moveAlias(installation.as(person("release_manager")), { ...ON_PRODUCTION, releaseId, reason: "try" });
    await installation.tick(1_000);
    const page = drift(installation);
    expect(page.aliases[0]).toMatchObject({ state: "ahead_of_git", latched: false });
    expect(page.git?.checkedAt).toBe(checkedAt);
  });
});

describe("prompts", () => {
  test("come with their releases, suites and results, and are compared as rendered", async () => {
    const { remote, installation } = await started();
    remote.push({
      "prompts/support/answer@1.10.md": prompt("1.10", "Answer briefly."),
      "prompts/support/tests/answer.jsonl": '{"id":"refund","variables":{"question":"?"}}\n{"id":"hello"}\n',
      "models/deploy-assistant/1.10.yaml": release("1.10"),
      [MANIFEST]: manifest("1.10"),
    });
    await installation.apply();
    await installation.tick();
    const candidate = ReleaseId.parse(findLiveRollout(installation.world.db, ON_PRODUCTION)?.candidateId);
    submitEvaluation(installation.as(token(["ci"])), {
      application: APP,
      releaseId: candidate,
      suite: "support/answer",
      results: { quality: 0.9 },
    });
    const library = await promptLibrary(installation.deps, { application: APP });
    expect(library.commit).toBe(remote.head());
    expect(library.findings).toMatchObject([{ code: "case_incomplete", line: 2 }]);
    expect(library.prompts.map(({ reference }) => reference)).toEqual(["support/answer@1.10", "support/answer@1.9"]);
    expect(library.prompts[0]).toMatchObject({
      owner: "support@example.org",
      variables: [{ name: "question", description: "What the user asked", example: null }],
      releases: [candidate],
      suites: [
        {
          name: "support/answer",
          cases: ["refund", "hello"],
          results: [{ releaseId: candidate, results: { quality: 0.9 } }],
        },
      ],
    });
    const diff = await comparePrompts(installation.deps, {
      application: APP,
      from: "answer@1.9",
      to: "support/answer@1.10",
      suite: "support/answer",
      case: "refund",
    });
    expect(diff.lines).toMatchObject([
      { kind: "removed", text: "Answer kindly." },
      { kind: "added", text: "Answer briefly." },
      { kind: "same", text: "Question: ?" },
    ]);
    await expect(
      comparePrompts(installation.deps, { application: APP, from: "answer@1.9", to: "answer@9.9" }),
    ).rejects.toMatchObject({ code: "not_found" });
  });
});
