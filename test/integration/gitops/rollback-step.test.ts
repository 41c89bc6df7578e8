/** The last step of a rollback's progress, "git reconciled", from the click to the merge. */
import { renameSync } from "node:fs";
import { expect, test } from "vitest";
import { rollback } from "@/server/control/rollback";
import { RollbackProgressView } from "@/server/read/rollback-preview-view";
import { readRollbackProgress } from "@/server/read/rollback-progress";
import { APP, person } from "@/test/integration/control/fixtures";
import { FakeTelemetry } from "@/test/integration/read/fake-telemetry";
import type { Installation } from "./installation";
import { git } from "./remote";
import { merge, rolledBack, started } from "./story";

function gitStep({ deps, clock }: Installation, incidentId: string): { state: string; detail: string } | undefined {
  const read = { control: deps.control, telemetry: new FakeTelemetry(), nowMs: clock.nowMs };
  const progress = RollbackProgressView.parse(readRollbackProgress(read, { incidentId }));
  return progress.steps.find(({ name }) => name === "git_reconciled");
}

test("waits, says why it could not be written, waits for the merge, and is done when git declares what serves", async () => {
  const { remote, installation, good } = await started();
  merge(remote);
  await installation.apply();
  installation.decide("promote");
  await installation.tick();
  const { incidentId } = rollback(installation.as(person("on_call")), { application: APP, reason: "off by a day" });
  const step = () => gitStep(installation, incidentId);
  expect(step()).toMatchObject({ state: "waiting" });

  renameSync(remote.path, `${remote.path}.away`);
  await installation.tick();
  expect(step()).toMatchObject({
    state: "running",
    detail: expect.stringMatching(/^attempt 1 failed: git fetch/) as string,
  });

  renameSync(`${remote.path}.away`, remote.path);
  remote.protect();
  await installation.tick(60_000);
  const branch = `switchback/revert-${incidentId}`;
  expect(step()).toMatchObject({ state: "waiting", detail: expect.stringContaining(branch) as string });

  git(remote.path, "update-ref", "refs/heads/main", `refs/heads/${branch}`);
  await installation.tick(60_000);
  expect(step()).toMatchObject({ state: "done" });
  expect(installation.production()).toBe(good);
});

test("a push that is taken is done at once; git that is changed by hand is not claimed", async () => {
  const direct = await rolledBack();
  await direct.installation.tick();
  const [written] = direct.installation.writeBacks();
  expect(gitStep(direct.installation, written?.incidentId ?? "")).toMatchObject({ state: "done" });

  const off = await started({ settings: { writeBack: "off" } });
  merge(off.remote);
  await off.installation.apply();
  off.installation.decide("promote");
  const { incidentId } = rollback(off.installation.as(person("on_call")), { application: APP, reason: "off by a day" });
  await off.installation.tick();
  expect(gitStep(off.installation, incidentId)).toMatchObject({ state: "not_applicable" });
});
