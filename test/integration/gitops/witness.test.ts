/** Audit checkpoints kept in the application's own repository: each a commit, none ever rewritten; and read back from there. */
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { loadCheckpointKey } from "@/server/control/checkpoint-key";
import { putPolicy } from "@/server/control/put-policy";
import { signCheckpoint } from "@/server/control/sign-checkpoint";
import { createOutboxDelivery } from "@/server/controller/outbox-delivery";
import { keyFingerprint } from "@/server/domain/audit/checkpoint";
import { createGitAccess } from "@/server/integrations/git/git-access";
import { createWitness, WITNESS_BRANCH, WITNESS_FILE } from "@/server/integrations/git/witness";
import { auditWitness } from "@/server/read/audit";
import { listAuditAfter, toAuditEntry } from "@/server/store/control/audit";
import { listOutbox } from "@/server/store/control/outbox";
import { runCommand } from "@/test/integration/cli/run-command";
import { FakeTelemetry } from "@/test/integration/read/fake-telemetry";
import { APP, person } from "@/test/integration/control/fixtures";
import { newInstallation, NOON, type Installation } from "./installation";
import { git, newFolder, newRemote, type Remote } from "./remote";

const HOUR_MS = 3_600_000;

interface Stage {
  remote: Remote;
  installation: Installation;
  /** Signs a checkpoint at the hour and delivers it. */
  sign: (hour: number) => Promise<void>;
  waiting: () => object[];
  /** What the audit page says of it. */
  told: () => ReturnType<typeof auditWitness>;
  fingerprint: string;
}

function stage(writeBack: "direct" | "off" = "direct"): Stage {
  const remote = newRemote();
  remote.push({ "README.md": "prompts\n" });
  const installation = newInstallation({ remote: remote.path });
  installation.connect({ writeBack });
  const control = installation.world.db;
  const key = loadCheckpointKey(newFolder("data"));
  let nowMs = NOON;
  const access = createGitAccess({
    root: newFolder("mirrors"),
    environment: { PATH: process.env["PATH"], NODE_ENV: "test" },
    protocols: ["file"],
    secretsFolder: newFolder("secrets"),
  });
  const delivery = createOutboxDelivery({
    control,
    log: pino({ level: "silent" }),
    clock: () => nowMs,
    deliverers: { witness: createWitness({ control, git: access }) },
  });
  return {
    remote,
    installation,
    fingerprint: keyFingerprint(key.publicKey),
    sign: async (hour) => {
      nowMs = NOON + hour * HOUR_MS;
      // Something that the audit log tells.
      const document = { steps: [{ canary: `${10 + hour}%` }] };
      putPolicy(installation.world.as(person("admin"), nowMs), { name: "test", document });
      expect(signCheckpoint(control, { key, origin: "https://sb.example.org", nowMs })).toMatchObject({
        outcome: "signed",
      });
      delivery.start(nowMs);
      await delivery.settled();
    },
    told: () => auditWitness({ control, telemetry: new FakeTelemetry(), nowMs }, { application: APP }),
    waiting: () =>
      listOutbox(control, { target: `witness:${APP}`, limit: 9 }).filter((row) => row.deliveredAtMs === null),
  };
}

describe("checkpoints in git", () => {
  test("are a commit each on a branch of their own, and hold an export to its history", async () => {
    const { remote, installation, sign, waiting, fingerprint, told } = stage();
    expect(told()).toEqual({ configured: true, kept: null, waiting: 0, error: null });
    const main = remote.head();
    await sign(1);
    await sign(2);
    expect(waiting()).toEqual([]);
    expect(told()).toMatchObject({ configured: true, kept: { at: NOON + 2 * HOUR_MS }, waiting: 0, error: null });
    expect(remote.head()).toBe(main);
    expect(git(remote.path, "rev-list", "--count", WITNESS_BRANCH)).toBe("2");
    expect(git(remote.path, "ls-tree", "--name-only", WITNESS_BRANCH)).toBe(WITNESS_FILE);
    expect(remote.message(WITNESS_BRANCH)).toMatch(/^switchback-controller .*\nAudit checkpoint at entry \d+\n/);

    const kept = join(newFolder("auditor"), "kept.json");
    writeFileSync(kept, remote.read(WITNESS_FILE, WITNESS_BRANCH));
    const entries = listAuditAfter(installation.world.db, { afterSeq: 0, limit: 1_000 }).map(toAuditEntry);
    const verify = async (lines: readonly object[]) => {
      const file = join(newFolder("auditor"), "export.ndjson");
      writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
      return runCommand(["audit", "verify", file, "--checkpoint", kept, "--key", fingerprint]);
    };
    expect(await verify(entries)).toMatchObject({
      code: 0,
      out: expect.stringContaining("agrees with the checkpoint"),
    });
    expect(await verify(entries.slice(0, -1))).toMatchObject({ code: 1 });
  });

  test("are written once, when the answer to a push was lost", async () => {
    const { remote, installation, sign } = stage();
    await sign(1);
    const head = remote.head(WITNESS_BRANCH);
    installation.world.db.$client.exec("UPDATE outbox SET delivered_at_ms = NULL WHERE target LIKE 'witness:%'");
    await sign(2);
    expect(git(remote.path, "rev-list", "--count", WITNESS_BRANCH)).toBe("2");
    expect(git(remote.path, "rev-parse", `${WITNESS_BRANCH}^`)).toBe(head);
  });

  test("wait while the remote is away, and are all there afterwards", async () => {
    const { remote, sign, waiting, told } = stage();
    const elsewhere = `${remote.path}.away`;
    renameSync(remote.path, elsewhere);
    await sign(1);
    await sign(2);
    expect(waiting()).toHaveLength(2);
    expect(told()).toMatchObject({ kept: null, waiting: 2, error: expect.stringMatching(/./) });
    renameSync(elsewhere, remote.path);
    await sign(4);
    expect(waiting()).toEqual([]);
    expect(git(remote.path, "rev-list", "--count", WITNESS_BRANCH)).toBe("3");
  });

  test("are not written where Switchback may not write", async () => {
    const { remote, sign, waiting, told } = stage("off");
    await sign(1);
    expect(told()).toMatchObject({ configured: false });
    expect(waiting()).toEqual([]);
    expect(remote.branches()).toEqual(["main"]);
  });
});
