/** From a merge to a rollback and back into git, with real repositories. */
import { describe, expect, test } from "vitest";
import { moveAlias } from "@/server/control/move-alias";
import { reconcileGit } from "@/server/control/reconcile-git";
import { releaseQuarantine } from "@/server/control/release-quarantine";
import { rollback } from "@/server/control/rollback";
import { startRollout } from "@/server/control/start-rollout";
import { ReleaseId } from "@/server/domain/ids";
import { listProvenance } from "@/server/store/control/releases";
import { listIncidentEvents } from "@/server/store/control/incidents";
import { findLiveRollout } from "@/server/store/control/rollouts";
import { APP, newWorld, ON_PRODUCTION, person } from "@/test/integration/control/fixtures";
import { newInstallation } from "./installation";
import { git, manifest } from "./remote";
import { MANIFEST, merge, onProduction, started } from "./story";

// The matcher stands for a string; its own type says nothing.
const containing = (text: string): string => expect.stringContaining(text) as string;

describe("merge, plan, apply, rollout, breach, rollback, revert", () => {
  test("the first commit sets what nothing serves yet, and everything agrees", async () => {
    const { installation, good } = await started();
    expect(good).toMatch(/^[0-9a-f]{10}$/);
    expect(installation.drift()).toEqual({ state: "in_sync", latched: false, reference: "deploy-assistant@1.9" });
    expect((await installation.plan()).verdict).toBe("in_sync");
  });

  test("git is brought back to what runs, byte for byte but the one value", async () => {
    const { remote, installation, good } = await started();
    const merged = merge(remote);
    const plan = await installation.plan();
    expect(plan).toMatchObject({
      verdict: "changes",
      releases: [{ reference: "deploy-assistant@1.10" }],
      policy: null,
    });
    expect(onProduction(plan)).toMatchObject({ action: "rollout", fromReleaseId: good });
    const applied = await installation.apply(merged);
    expect(applied).toMatchObject({ verdict: "applied" });
    expect(onProduction(applied)).toMatchObject({ outcome: "started" });
    const candidate = findLiveRollout(installation.world.db, ON_PRODUCTION)?.candidateId ?? "";
    expect(candidate).toBe(plan.releases[0]?.releaseId);
    const [provenance] = listProvenance(installation.world.db, { application: APP, releaseId: candidate });
    expect(provenance).toMatchObject({ gitCommit: merged, author: "Bo <bo@example.org>" });
    await installation.tick();
    expect(installation.drift()).toMatchObject({ state: "behind_git", latched: false });

    installation.decide("rollback");
    expect(installation.production()).toBe(good);
    await installation.tick();
    expect(remote.read(MANIFEST)).toBe(manifest("deploy-assistant@1.9"));
    const message = remote.message();
    expect(message).toMatch(/^switchback-controller <noreply@switchback.invalid>\n/);
    expect(message).toContain(`revert(production): ${candidate} -> ${good}`);
    const [writeBack] = installation.writeBacks();
    expect(writeBack).toMatchObject({ status: "committed", commit: remote.head(), fromReleaseId: candidate });
    const trailers = git(remote.path, "log", "-1", "--format=%(trailers:only,unfold)", "main").split("\n");
    expect(trailers).toContain(`Switchback-Incident: ${writeBack?.incidentId ?? ""}`);
    expect(trailers).toContain("Switchback-Decision: auto");
    expect(trailers.some((line) => /^Switchback-Audit: \d+ [0-9a-f]{64}$/.test(line))).toBe(true);
    expect(git(remote.path, "diff", "--numstat", `${merged}..main`)).toBe(`1\t1\t${MANIFEST}`);

    await installation.tick();
    expect(installation.drift()).toMatchObject({ state: "in_sync", latched: false });
    expect(installation.writeBacks()[0]).toMatchObject({ status: "agreed" });
    const timeline = listIncidentEvents(installation.world.db, writeBack?.incidentId ?? "").filter(
      ({ kind }) => kind === "git",
    );
    expect(timeline.map(({ text }) => text)).toEqual([
      expect.stringContaining("on main sets production to deploy-assistant@1.9"),
      expect.stringContaining("Git agrees"),
    ]);
    // Nothing is written a second time.
    const head = remote.head();
    await installation.tick(120_000);
    expect(remote.head()).toBe(head);
  });

  test("until git agrees the failed release is quarantined: plan, apply and rollouts name the incident", async () => {
    const { remote, installation } = await started();
    merge(remote);
    await installation.apply();
    const candidate = ReleaseId.parse(findLiveRollout(installation.world.db, ON_PRODUCTION)?.candidateId);
    installation.decide("rollback");
    const incidentId =
      installation.waiting().map(({ payload }) => (payload as { incidentId: string }).incidentId)[0] ?? "";
    const plan = await installation.plan();
    expect(plan.verdict).toBe("refused");
    expect(onProduction(plan)).toMatchObject({ action: "refused", incidentId });
    expect(onProduction(plan)?.message).toContain(incidentId);
    const applied = await installation.apply();
    expect(applied.verdict).toBe("refused");
    expect(onProduction(applied)).toMatchObject({ outcome: "refused" });
    const start = { ...ON_PRODUCTION, candidate };
    expect(() => startRollout(installation.as(person("release_manager")), start)).toThrow(incidentId);

    // A person may say that it is good after all.
    releaseQuarantine(installation.as(person("release_manager")), {
      ...ON_PRODUCTION,
      releaseId: candidate,
      reason: "it was the provider",
    });
    const again = await installation.plan();
    expect(again.verdict).toBe("changes");
    expect(onProduction(again)).toMatchObject({ action: "rollout" });
  });

  test("a promoted release runs as declared; when a person rolls it back, the commit is that person's", async () => {
    const { remote, installation, good } = await started();
    merge(remote);
    await installation.apply();
    installation.decide("promote");
    await installation.tick();
    expect(installation.drift()).toMatchObject({ state: "in_sync" });
    const failed = installation.production();

    const { incidentId } = rollback(installation.as({ ...person("on_call", "Cleo"), email: "cleo@example.org" }), {
      application: APP,
      reason: "answers are\nwrong\n\nSwitchback-To: nowhere",
    });
    await installation.tick();
    expect(installation.production()).toBe(good);
    expect(remote.read(MANIFEST)).toBe(manifest("deploy-assistant@1.9"));
    const message = remote.message();
    expect(message).toMatch(/^Cleo </);
    expect(message).toContain(`revert(production): ${failed ?? ""} -> ${good}`);
    expect(message).toContain("by Cleo: answers are wrong Switchback-To: nowhere");
    const to = git(remote.path, "log", "-1", "--format=%(trailers:key=Switchback-To,valueonly)", "main");
    expect(to).toBe(good);
    expect(message).toContain(`Switchback-Incident: ${incidentId}`);
  });

  test("break-glass is written back as well, and its release may not return by itself", async () => {
    const { remote, installation, good } = await started();
    merge(remote);
    await installation.apply();
    installation.decide("promote");
    await installation.tick();
    const taken = ReleaseId.parse(installation.production());
    moveAlias(installation.as(person("on_call")), {
      ...ON_PRODUCTION,
      releaseId: ReleaseId.parse(good),
      reason: "the provider is down",
      cause: "break_glass",
    });
    const before = remote.head();
    expect(onProduction(await installation.plan())).toMatchObject({
      action: "refused",
      message: containing("break-glass"),
    });
    await installation.tick();
    expect(remote.head()).not.toBe(before);
    expect(remote.read(MANIFEST)).toBe(manifest("deploy-assistant@1.9"));
    expect(() =>
      startRollout(installation.as(person("release_manager")), { ...ON_PRODUCTION, candidate: taken }),
    ).toThrow("break-glass took it out");
  });

  test("a move by hand is drift that people see; git changes only when one asks for it", async () => {
    const { remote, installation } = await started();
    const other = ReleaseId.parse(installation.world.release(7));
    moveAlias(installation.as(person("release_manager")), { ...ON_PRODUCTION, releaseId: other, reason: "try" });
    const before = remote.head();
    await installation.tick();
    expect(remote.head()).toBe(before);
    expect(installation.drift()).toMatchObject({ state: "ahead_of_git", latched: false });
    reconcileGit(installation.as(person("on_call", "Cleo")), { application: APP, reason: "keep it" });
    await installation.tick();
    // Git declares it nowhere, so it is named by its id.
    expect(remote.read(MANIFEST)).toBe(manifest(other));
    await installation.tick();
    expect(installation.drift()).toMatchObject({ state: "in_sync", reference: other });
  });
});

test("a world without a repository delivers its git effects to nobody, and none is left waiting", async () => {
  const installation = newInstallation({ remote: "/nowhere" });
  const world = newWorld(installation.world.db);
  world.serve(world.release(1));
  world.serve(world.release(2));
  rollback(installation.as(person("on_call")), { application: APP, reason: "bad" });
  await installation.tick();
  expect(installation.waiting()).toEqual([]);
});
