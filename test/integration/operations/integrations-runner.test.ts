/** What `npm run test:integrations` says and counts where it cannot run. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

let programs = "";

beforeEach(() => {
  programs = mkdtempSync(join(tmpdir(), "switchback-programs-"));
  symlinkSync("/bin/sh", join(programs, "sh"));
});
afterEach(() => rmSync(programs, { recursive: true, force: true }));

/** Runs it where there is no program but the shell and a `python3` of these lines. */
function run(python3?: string) {
  if (python3 !== undefined) {
    writeFileSync(join(programs, "python3"), `#!/bin/sh\n${python3}\n`);
    chmodSync(join(programs, "python3"), 0o755);
  }
  return spawnSync(process.execPath, ["test/integrations/run.mjs"], {
    encoding: "utf8",
    env: { NODE_ENV: "test", PATH: programs, SWITCHBACK_PYTHON_ENVIRONMENTS: join(programs, "environments") },
  });
}

it.each([
  ["no Python", undefined, "python3 ENOENT"],
  ["an old one", "echo python3 is 3.8.1 >&2; exit 1", "python3 is 3.8.1"],
  ["one without its venv module", "echo \"No module named 'ensurepip'\" >&2; exit 1", "No module named 'ensurepip'"],
])("with %s it says what is needed, and counts one failure", (_, python3, why) => {
  const { status, stdout, stderr } = run(python3);
  expect(stderr).toContain("The adapters were not tested against the real servers: Python 3.10 or newer");
  expect(stderr).toContain(why);
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("0 passed, 1 failed");
  expect(status).toBe(1);
});

it("with a virtual environment that cannot be made it says why, and counts one failure", () => {
  const { status, stdout, stderr } = run('case "$1" in -c) ;; *) echo "no room left" >&2; exit 1 ;; esac');
  expect(stderr).toContain("no room left");
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("0 passed, 1 failed");
  expect(status).toBe(1);
});
