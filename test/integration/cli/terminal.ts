/** A command line with the product's own API on a socket behind it, and files to hand to its commands. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import type { Role, TokenScope } from "@/server/domain/vocabulary";
import { startApi, type ApiServer } from "@/test/integration/api/api-server";
import { runCommand, type Ran, type Surroundings } from "./run-command";

/** Gone when the test file is done. */
export const folder = mkdtempSync(join(tmpdir(), "switchback-commands-"));
let files = 0;

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The path of a new file. */
export function file(content: unknown, extension = "json"): string {
  files += 1;
  const path = join(folder, `${files}.${extension}`);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

export interface Terminal {
  api: ApiServer;
  run: (args: readonly string[], around?: Surroundings) => Promise<Ran>;
  /** The one JSON answer of a command that is done. */
  ask: (...args: string[]) => Promise<unknown>;
}

/** The real API, and a command line that knows its address and a token. */
export async function terminal(holder: { role: Role } | { scopes: TokenScope[] }): Promise<Terminal> {
  const api = await startApi();
  const environment = { SWITCHBACK_URL: api.url, SWITCHBACK_TOKEN: api.tokenFor(holder) };
  const run: Terminal["run"] = (args, around) => runCommand(args, { environment, ...around });
  return {
    api,
    run,
    ask: async (...args) => {
      const ran = await run([...args, "--json"]);
      expect(ran).toMatchObject({ code: 0, err: "" });
      return ran.json()[0];
    },
  };
}
