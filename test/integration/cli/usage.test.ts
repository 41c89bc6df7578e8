/** How the command line speaks when something is wrong: with the server, or with what was typed. */
import { describe, expect, it } from "vitest";
import { runCommand } from "./run-command";
import { startStub } from "./stub-server";

describe("a server that answers otherwise", () => {
  it.each([
    [
      "a proxy's page",
      { status: 502, body: "<h1>Bad gateway</h1>" },
      2,
      "the server answered HTTP 502: <h1>Bad gateway</h1>",
    ],
    ["another server", { body: "<html></html>" }, 2, "did not answer in JSON"],
    ["an answer that breaks off", { body: { id: "rol_1" }, breaksOff: true }, 2, "does not answer"],
    [
      "busy",
      { status: 503, body: { detail: "the database cannot take this now" } },
      2,
      "the database cannot take this now",
    ],
    [
      "a conflict",
      { status: 409, body: { detail: "production has a live rollout" } },
      1,
      "production has a live rollout",
    ],
    [
      "no token",
      { status: 401, body: { title: "Authentication is needed" } },
      1,
      "set SWITCHBACK_TOKEN to a token made by: switchback token create",
    ],
    [
      "several complaints",
      {
        status: 400,
        body: {
          detail: "not valid",
          errors: [
            { pointer: "/a", message: "is wrong" },
            { pointer: "/b", message: "too" },
          ],
        },
      },
      2,
      "not valid\n  /a: is wrong\n  /b: too",
    ],
  ])("%s", async (_name, answer, code, message) => {
    const stub = await startStub(answer);
    const ran = await runCommand(["rollout", "status", "rol_1", "--url", stub.url]);
    expect(ran).toMatchObject({ code, out: "" });
    expect(ran.err).toContain(message);
  });

  it("nobody there: says where it looked, and how to look elsewhere", async () => {
    const ran = await runCommand(["rollout", "status", "rol_1"], { environment: { PORT: "1" } });
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(/^switchback: http:\/\/127\.0\.0\.1:1 does not answer \(.+\): is the server running/);
  });

  it("is told the token, and no secret in the help", async () => {
    const stub = await startStub({ body: { id: "x" } });
    const environment = { SWITCHBACK_URL: stub.url, SWITCHBACK_TOKEN: "sbk_secret" };
    expect((await runCommand(["--help"], { environment })).out).not.toContain("sbk_secret");
    await runCommand(["rollout", "pause", "rol/1", "--reason", "why"], { environment });
    expect(stub.asked).toEqual([{ call: "POST /api/v1/rollouts/rol%2F1/pause", body: { reason: "why" } }]);
  });
});

describe("usage", () => {
  it.each([
    [[], 2, "Usage: switchback"],
    [["--help"], 0, ""],
    [["--version"], 0, ""],
    [["gate", "--help"], 0, ""],
    [["tokn"], 2, "unknown command 'tokn'\n(Did you mean token?)"],
    [["rollout", "strat"], 2, "unknown command 'strat'\n(Did you mean start?)"],
    [["rollout"], 2, "Usage: switchback rollout"],
    [["trace", "r", "--aplication", "a"], 2, "(Did you mean --application?)"],
    [["trace"], 2, "missing required argument 'request-id'"],
    [["trace", "a", "b"], 2, "too many arguments"],
    [["trace", "a", "--url", "localhost"], 2, "Write it like http://localhost:3000."],
    [
      ["gate", "--application", "a", "--candidate", "b", "--format", "xml"],
      2,
      "Allowed choices are switchback, promptfoo, junit",
    ],
  ])("%j ends with %i", async (args, code, message) => {
    const ran = await runCommand(args);
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(message);
  });

  it("names a wrong setting", async () => {
    const ran = await runCommand(["token", "list"], { environment: { PORT: "many" } });
    expect(ran.code).toBe(2);
    expect(ran.err).toContain("PORT");
  });
});
