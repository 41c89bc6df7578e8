/** `switchback doctor`: any file of telemetry, without a server; exit codes that a pipeline can rely on. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { openControlFile } from "@/server/control-file";
import { putApplication } from "@/server/control/put-application";
import { ApplicationId } from "@/server/domain/ids";
import { SYSTEM } from "@/test/integration/control/fixtures";
import { exportOf, SERVICE, START_MS } from "@/test/unit/telemetry/mapper-support";
import { runCommand } from "./run-command";

const folder = mkdtempSync(join(tmpdir(), "switchback-doctor-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const CHAT = { "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "acme.build": "698df6d7ad" };
const GOOD = JSON.stringify(exportOf([{ attributes: CHAT }]));
const around = { nowMs: START_MS + 60_000, environment: { SWITCHBACK_DATA_DIR: join(folder, "none") } };

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe("the exit code", () => {
  test.each<[string, string, number]>([
    ["something to store", GOOD, 0],
    [
      "something to store, and something passed over",
      JSON.stringify(exportOf([{ attributes: CHAT }, { attributes: {} }])),
      0,
    ],
    ["nothing to store", JSON.stringify(exportOf([{ attributes: {} }])), 1],
    ["a record refused", JSON.stringify({ requests: [{ requestId: "r", application: "a" }, { requestId: 1 }] }), 1],
    ["no telemetry", "{}", 2],
    ["no JSON", '{"resourceSpans": [', 2],
    ["nothing", "", 2],
  ])("of %s", async (_, stdin, code) => {
    expect(await runCommand(["doctor", "-"], { ...around, stdin })).toMatchObject({ code });
  });

  test("of a file that is not there", async () => {
    const ran = await runCommand(["doctor", join(folder, "absent.json")], around);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain("cannot be read");
  });
});

test("a file, gzip or not, is explained for people", async () => {
  for (const path of [file("plain.json", GOOD), file("packed.gz", gzipSync(GOOD))]) {
    const { code, out } = await runCommand(["doctor", path], around);
    expect(code).toBe(0);
    expect(out).toMatch(/^OTLP traces, JSON\. This record would become a request\./);
    expect(out).toMatch(/model asked for +gpt-4o +gen_ai\.request\.model/);
    expect(out).toMatch(/- no release id: no release could be found for it/);
    expect(out).toMatch(/· acme\.build: no field has this key/);
  }
});

test("--json is the report itself", async () => {
  const ran = await runCommand(["doctor", "-", "--json"], { ...around, stdin: GOOD });
  expect(ran.json()).toEqual([
    expect.objectContaining({ form: "OTLP traces, JSON", counts: expect.objectContaining({ request: 1 }) }),
  ]);
});

test("a bare span is of the application that is named", async () => {
  const [span] = exportOf([{ attributes: CHAT }]).resourceSpans[0]?.scopeSpans[0]?.spans ?? [];
  const stdin = JSON.stringify(span);
  expect(await runCommand(["doctor", "-"], { ...around, stdin })).toMatchObject({ code: 1 });
  expect(await runCommand(["doctor", "-", "--application", "deploy-assistant"], { ...around, stdin })).toMatchObject({
    code: 0,
  });
});

test("what an installation in the data directory has set is known", async () => {
  const dataDir = join(folder, "data");
  const control = openControlFile(dataDir);
  putApplication(
    { db: control, nowMs: START_MS, actor: SYSTEM, requestId: "req_1" },
    { application: ApplicationId.parse(String(SERVICE["service.name"])), telemetryKeys: { releaseId: ["acme.build"] } },
  );
  control.$client.close();
  const { out } = await runCommand(["doctor", "-", "--data-dir", dataDir], { ...around, stdin: GOOD });
  expect(out).toMatch(/release id +698df6d7ad +acme\.build/);
  expect(out).not.toContain("no release id");
});

test("what a file holds does not steer the terminal", async () => {
  const stdin = JSON.stringify(exportOf([{ attributes: { ...CHAT, "cloud.region": "\u001b[2Jeu" } }]));
  const { out } = await runCommand(["doctor", "-"], { ...around, stdin });
  expect(out).not.toContain("\u001b");
});
