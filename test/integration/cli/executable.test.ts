/** The built command as a shell runs it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { linesOf, CANDIDATE } from "./requests";

const COMMAND = join(process.cwd(), "dist", "switchback.js");
const folder = mkdtempSync(join(tmpdir(), "switchback-executable-"));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function shell(script: string) {
  const environment = { ...process.env, SWITCHBACK_DATA_DIR: join(folder, "data") };
  return spawnSync("bash", ["-c", `set -o pipefail; ${script}`, COMMAND], { encoding: "utf8", env: environment });
}

describe("dist/switchback.js", () => {
  it("is a program", () => {
    expect(readFileSync(COMMAND, "utf8").split("\n")[0]).toBe("#!/usr/bin/env node");
    expect(statSync(COMMAND).mode & 0o111).toBe(0o111);
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(shell('"$0" --version')).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: "" });
    expect(shell('"$0" tokn')).toMatchObject({ status: 2, stdout: "" });
  });

  it("finds its migrations wherever it is started", () => {
    const made = shell(`cd / && "$0" token create --name n --scope read --json`);
    expect(made).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(made.stdout)).toEqual({
      id: expect.stringMatching(/^tok_/),
      token: expect.stringMatching(/^sbk_/),
    });
  });

  it("reads from a pipe, and does not mind that nobody reads on", () => {
    writeFileSync(
      join(folder, "policy.yaml"),
      "evidence: window\nthresholds: {p95_ttft_ms: {max: 850, action: rollback}}\n",
    );
    writeFileSync(
      join(folder, "requests.ndjson"),
      linesOf({ to: 30, facts: (i) => ({ ttftMs: i % 600 < 300 ? 400 : 900 }) }),
    );
    const replay = `"$0" replay policy.yaml --requests - --candidate ${CANDIDATE} --json`;
    const whole = shell(`cd "${folder}" && cat requests.ndjson | ${replay}`);
    expect(whole).toMatchObject({ status: 0, stderr: "" });
    expect(JSON.parse(whole.stdout.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({ requests: 1_800 });
    expect(shell(`cd "${folder}" && ${replay} < requests.ndjson | true`)).toMatchObject({ status: 0, stderr: "" });
  });
});
