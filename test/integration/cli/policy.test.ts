/** Policies from the terminal. */
import { describe, expect, it } from "vitest";
import { createToken } from "@/server/control/create-token";
import { SYSTEM } from "@/test/integration/control/fixtures";
import { runCommand } from "./run-command";
import { file, terminal } from "./terminal";

const text = (max: number): string =>
  `name: strict\n# why it is ${max}\nthresholds:\n  error_rate: { max: ${max}, action: rollback }\n`;

describe("policy check", () => {
  it("reads a file back without a server", async () => {
    const ran = await runCommand(["policy", "check", file(text(0.02), "yaml")]);
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(ran.out).toContain("Roll back when error rate is above 2 % over 5m");
  });

  it("names the line of what is wrong", async () => {
    const ran = await runCommand(["policy", "check", file(text(0.02).replace("max", "maks"), "yaml")]);
    expect(ran).toMatchObject({ code: 2, out: "" });
    expect(ran.err).toContain("line 4, column 17: /thresholds/error_rate/maks: unknown key maks: did you mean max?");
  });
});

describe("policy put, show, approve and reject", () => {
  it("tell what is in force and what waits for whom", async () => {
    const { api, run, ask } = await terminal({ role: "release_manager" });
    createToken(api.world.as(SYSTEM), { name: "Bo", role: "admin" });
    expect(await ask("policy", "put", file(text(0.02), "yaml"))).toMatchObject({ version: 1, state: "in_force" });
    const looser = await run(["policy", "put", file(text(0.05), "yaml"), "--reason", "too strict at night"]);
    expect(looser.code).toBe(1);
    expect(looser.out).toContain("waits for Bo to approve it; version 1 stays in force");
    expect(looser.out).toContain("loosened: error rate: rolls back when above 5 %, no longer when above 2 %.");
    const shown = await run(["policy", "show", "strict"]);
    expect(shown.out).toContain("strict version 1, in force");
    expect(shown.out).toContain("# why it is 0.02");
    expect(shown.out).toContain("switchback policy approve strict@2 --reason TEXT");
    expect((await run(["policy", "approve", "strict@2", "--reason", "mine"])).code).toBe(1);
    expect((await run(["policy", "list"])).out).toMatch(/strict +1 +1 +0 +version 2/);
    expect((await run(["policy", "reject", "strict@2", "--reason", "no"])).out).toContain("version 1 stays in force");
    expect((await run(["policy", "approve", "strict", "--reason", "x"])).err).toContain("say which version");
  });

  it("asks for a name", async () => {
    const { run } = await terminal({ role: "admin" });
    const nameless = file("thresholds: {}", "yaml");
    expect(await run(["policy", "put", nameless])).toMatchObject({ code: 2, err: expect.stringContaining("--name") });
    expect(await run(["policy", "put", nameless, "--name", "empty"])).toMatchObject({ code: 0 });
  });
});
