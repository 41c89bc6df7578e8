/** Backups of an installation that goes on writing, and what a restore refuses. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bundleProgram } from "@/test/integration/harness/bundle-program";
import { openControlDatabase } from "@/db/control/open";
import { migrateTelemetryDatabase, openTelemetryDatabase } from "@/db/telemetry/open";
import { loadAuthSecret } from "@/server/auth/secret";
import { readTarHeader, tarHeader } from "@/server/cli/backup/tar";
import { loadCheckpointKey } from "@/server/control/checkpoint-key";
import { openControlFile } from "@/server/control-file";
import { NOON, runCommand, type Ran } from "@/test/integration/cli/run-command";

let program: Awaited<ReturnType<typeof bundleProgram>>;

beforeAll(async () => {
  program = await bundleProgram(new URL("./two-writers.ts", import.meta.url));
});
afterAll(() => program.remove());

let folder = "";
let dataDir = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "switchback-backup-"));
  dataDir = join(folder, "data");
  return () => rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);

function install(): void {
  openControlFile(dataDir).$client.close();
  const telemetry = openTelemetryDatabase(join(dataDir, "telemetry.db"));
  migrateTelemetryDatabase(telemetry, join(import.meta.dirname, "../../../db/telemetry/migrations"));
  telemetry.$client.close();
  loadAuthSecret(dataDir);
  loadCheckpointKey(dataDir);
}

const run = (...args: string[]): Promise<Ran> => runCommand(args, { environment: { SWITCHBACK_DATA_DIR: dataDir } });
const into = (directory: string, file: string): Promise<Ran> => run("--data-dir", directory, "restore", file);

function notes(directory: string): number {
  const db = openControlDatabase(join(directory, "control.db"));
  const count = db.$client.prepare("SELECT count(*) FROM incident_events WHERE kind = 'note'").pluck().get() as number;
  db.$client.close();
  return count;
}

function requests(directory: string): number {
  const db = openTelemetryDatabase(join(directory, "telemetry.db"));
  const count = db.$client.prepare("SELECT count(*) FROM requests").pluck().get() as number;
  db.$client.close();
  return count;
}

describe("a backup of an installation that goes on writing", () => {
  it("holds both databases as they were at one moment, and stops nobody", async () => {
    install();
    const child = spawn(process.execPath, [program.path, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
    let written = 0;
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => (written = Number(line)));
    while (written < 50) await once(lines, "line");
    const restored: [number, number][] = [];
    for (let round = 0; round < 4; round += 1) {
      const before = written;
      expect((await run("backup", at(`${round}.tar`))).code).toBe(0);
      while (written < before + 20) await once(lines, "line");
      const directory = at(`restored-${round}`);
      const answer = await into(directory, at(`${round}.tar`));
      expect(answer.err).toBe("");
      restored.push([notes(directory), requests(directory)]);
      expect(restored[round]?.[0]).toBeGreaterThanOrEqual(before);
    }
    child.kill("SIGKILL");
    await once(child, "exit");
    // The audit log is ahead by one act or by none; copies of two moments would be apart by more.
    expect(
      restored.map(([control, telemetry]) => control - telemetry).every((ahead) => ahead === 0 || ahead === 1),
    ).toBe(true);
    expect(written).toBeGreaterThan(130);
  }, 60_000);

  it("is one file that its owner alone may read, with everything that cannot be made anew", async () => {
    install();
    const [answer] = (await run("--json", "backup", at("b.tar"))).json() as [
      { files: { name: string }[]; takenAt: string },
    ];
    expect(answer.files.map(({ name }) => name)).toEqual([
      "control.db",
      "telemetry.db",
      "auth-secret",
      "audit-key.pem",
    ]);
    expect(answer.takenAt).toBe(new Date(NOON).toISOString());
    expect(statSync(at("b.tar")).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).toSorted((a, b) => a.localeCompare(b))).toEqual(["b.tar", "data"]);
    // Any tar reads it.
    const listed = execFileSync("tar", ["tf", at("b.tar")], { encoding: "utf8" })
      .trim()
      .split("\n");
    expect(listed).toEqual(["manifest.json", ...answer.files.map(({ name }) => name)]);
  });

  it("comes back with its secret and its key, as files that nobody else may read", async () => {
    install();
    await run("backup", at("b.tar"));
    const directory = at("new");
    const answer = await into(directory, at("b.tar"));
    expect(answer.out).toContain("is as it was at 2026-04-12T12:00:00.000Z: 4 files");
    for (const name of ["auth-secret", "audit-key.pem"]) {
      expect(readFileSync(join(directory, name), "utf8")).toBe(readFileSync(join(dataDir, name), "utf8"));
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    }
    expect(readdirSync(directory).filter((name) => name.startsWith("restore-"))).toEqual([]);
    const again = await run("--data-dir", directory, "--json", "token", "create", "--name", "n", "--scope", "read");
    expect(again.code).toBe(0);
  });

  it("is taken of tokens alone, before the first start", async () => {
    await run("token", "create", "--name", "first", "--scope", "ingest");
    expect((await run("backup", at("b.tar"))).code).toBe(0);
    expect((await into(at("new"), at("b.tar"))).code).toBe(0);
    expect((await run("--data-dir", at("new"), "token", "list")).out).toContain("first");
  });
});

describe("is refused", () => {
  it.each([
    ["a backup of nothing", () => run("backup", at("b.tar")), /there is no installation in .*data: name its folder/],
    [
      "a backup over a file",
      async () => {
        install();
        writeFileSync(at("b.tar"), "precious");
        return run("backup", at("b.tar"));
      },
      /b\.tar exists: give the backup a name of its own/,
    ],
    [
      "a restore over an installation",
      async () => {
        install();
        await run("backup", at("b.tar"));
        return into(dataDir, at("b.tar"));
      },
      /control\.db exists: stop the installation and move its folder away first/,
    ],
    ["a file that is not there", () => into(at("new"), at("none.tar")), /none\.tar cannot be read/],
    [
      "a file that is no archive",
      () => {
        writeFileSync(at("b.tar"), "x".repeat(2_000));
        return into(at("new"), at("b.tar"));
      },
      /is no whole backup of Switchback: this is no archive/,
    ],
  ])("%s", async (_, attempt, message) => {
    const { code, err } = await attempt();
    expect(code).not.toBe(0);
    expect(err).toMatch(message);
    expect(existsSync(join(at("new"), "control.db"))).toBe(false);
  });

  it("a damaged archive, wherever the damage is, and nothing of it is left behind", async () => {
    install();
    await run("backup", at("b.tar"));
    const size = statSync(at("b.tar")).size;
    const whole = readFileSync(at("b.tar"));
    const places = [600, Math.floor(size * 0.3), Math.floor(size * 0.6), size - 3_000];
    for (const [index, place] of places.entries()) {
      const broken = Buffer.from(whole);
      broken.writeUInt8(broken.readUInt8(place) ^ 0xff, place);
      writeFileSync(at(`broken-${index}.tar`), broken);
      const { code, err } = await into(at("new"), at(`broken-${index}.tar`));
      expect([code === 0, err], `byte ${place}`).toEqual([false, expect.stringMatching(/no whole backup/)]);
      expect(readdirSync(at("new"))).toEqual([]);
    }
    copyFileSync(at("b.tar"), at("short.tar"));
    truncateSync(at("short.tar"), Math.floor(size / 2));
    expect((await into(at("new"), at("short.tar"))).err).toContain("it ends too early");
  });

  it("an archive of a newer version", async () => {
    install();
    const db = openControlFile(dataDir);
    db.$client.prepare("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('future', 9999999999999)").run();
    db.$client.close();
    await run("backup", at("b.tar"));
    expect((await into(at("new"), at("b.tar"))).err).toContain("which is newer: install that version first");
  });

  it("names that lead elsewhere", async () => {
    install();
    await run("backup", at("b.tar"));
    const evil = readFileSync(at("b.tar"));
    const place = evil.indexOf("auth-secret", 1_024, "latin1");
    tarHeader({ name: "../evil-file", size: 64, mtimeMs: 0 }).copy(evil, place);
    writeFileSync(at("evil.tar"), evil);
    mkdirSync(at("new"));
    expect((await into(at("new"), at("evil.tar"))).code).not.toBe(0);
    expect(existsSync(at("evil-file"))).toBe(false);
  });
});

describe("an archive's header", () => {
  it.each([0, 1, 511, 512, 8 ** 11 - 1, 8 ** 11, 3 * 1024 ** 4])("holds a size of %i", (size) => {
    const entry = { name: "telemetry.db", size, mtimeMs: NOON };
    expect(readTarHeader(tarHeader(entry))).toEqual(entry);
  });
});
