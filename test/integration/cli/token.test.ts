/** `switchback token …` on a data directory of its own: before the first sign-in, and beside what is there. */
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { authenticateToken } from "@/server/auth/token";
import { openControlFile } from "@/server/control-file";
import { NOON, runCommand, type Ran } from "./run-command";

const DAY_MS = 86_400_000;

function dataDirectory() {
  const folder = mkdtempSync(join(tmpdir(), "switchback-token-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const dataDir = join(folder, "not", "there", "yet");
  const environment = { SWITCHBACK_DATA_DIR: dataDir };
  return {
    dataDir,
    run: (...args: string[]): Promise<Ran> => runCommand(["token", ...args], { environment }),
    ask: async (...args: string[]): Promise<unknown> => {
      const ran = await runCommand(["token", ...args, "--json"], { environment });
      expect(ran).toMatchObject({ code: 0, err: "" });
      return ran.json()[0];
    },
    whoIs: (token: string, nowMs: number) => {
      const db = openControlFile(dataDir);
      const actor = authenticateToken(db, { token, nowMs });
      db.$client.close();
      return actor;
    },
  };
}

describe("token create", () => {
  it("makes the data directory, for its owner alone, and a token that works until it expires", async () => {
    const { dataDir, ask, whoIs } = dataDirectory();
    const made = (await ask("create", "--name", "gateway-eu", "--scope", "ingest", "--expires", "90d")) as {
      id: string;
      token: string;
    };
    expect(Object.keys(made)).toEqual(["id", "token"]);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(existsSync(join(dataDir, "control.db"))).toBe(true);
    expect(whoIs(made.token, NOON)).toMatchObject({ id: made.id, name: "gateway-eu", scopes: ["ingest"], role: null });
    expect(whoIs(made.token, NOON + 90 * DAY_MS)).toBeUndefined();
  });

  it.each([
    [["--scope", "ingest,read"], ["ingest", "read"], null],
    [["--scope", "ingest", "--scope", "ci"], ["ingest", "ci"], null],
    [["--scope", "ingest", "gateway", "read"], ["ingest", "gateway", "read"], null],
    [["--scope", "read,read"], ["read"], null],
    [["--role", "release_manager"], [], "release_manager"],
  ] as const)("%j", async (flags, scopes, role) => {
    const { ask, whoIs } = dataDirectory();
    const { token } = (await ask("create", "--name", "n", ...flags)) as { token: string };
    expect(whoIs(token, NOON)).toMatchObject({ scopes, role });
  });

  it("for people: the token alone on the first line", async () => {
    const { run } = dataDirectory();
    const { out } = await run("create", "--name", "ci", "--scope", "ci");
    expect(out).toMatch(/^sbk_[\w-]{43}\ntok_\w+ ci: ci, until it is revoked\. It is not shown again\.\n$/);
  });

  it.each([
    [["--name", "n"], "give exactly one of them"],
    [["--name", "n", "--scope", "read", "--role", "admin"], "give exactly one of them"],
    [["--name", "n", "--scope", "write"], "The scopes are ingest, gateway, ci, read."],
    [["--name", "n", "--role", "root"], "Allowed choices are viewer, on_call, release_manager, admin"],
    [["--name", "n", "--scope", "read", "--expires", "3 months"], "is not a duration"],
    [["--name", " ", "--scope", "read"], "a token needs a name"],
    [["--scope", "read"], "required option '--name <name>' not specified"],
  ])("%j is refused, and nothing is made", async (flags, message) => {
    const { run, ask } = dataDirectory();
    const ran = await run("create", ...flags);
    expect(ran).toMatchObject({ code: 2, out: "" });
    expect(ran.err).toContain(message);
    expect(await ask("list")).toEqual({ items: [] });
  });
});

describe("token list and revoke", () => {
  it("shows every token but none of their secrets, and ends one for good", async () => {
    const { run, ask, whoIs } = dataDirectory();
    expect((await run("list")).out).toContain("There is no token yet");
    const { id, token } = (await ask("create", "--name", "gateway", "--scope", "gateway,read")) as {
      id: string;
      token: string;
    };
    expect((await run("list")).out).toMatch(new RegExp(`^${id} +gateway +gateway,read +active +never +never$`, "m"));
    expect(await ask("revoke", id)).toEqual({ id, revokedAt: "2026-04-12T12:00:00.000Z" });
    expect(await ask("revoke", id)).toEqual({ id, revokedAt: "2026-04-12T12:00:00.000Z" });
    expect(whoIs(token, NOON)).toBeUndefined();
    const list = await ask("list");
    expect(list).toMatchObject({ items: [{ id, state: "revoked", revokedAt: "2026-04-12T12:00:00.000Z" }] });
    expect(JSON.stringify(list)).not.toContain(token);
    const unknown = await run("revoke", "tok_none");
    expect(unknown).toMatchObject({ code: 2, err: "switchback: there is no token tok_none\n" });
  });
});
