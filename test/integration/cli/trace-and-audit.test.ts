/** Tracing a request, and exporting and verifying the audit log. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { APP, MINUTE_MS, T0 } from "@/test/integration/control/fixtures";
import { request } from "@/test/integration/read/fake-telemetry";
import { runCommand } from "./run-command";
import { startStub } from "./stub-server";
import { folder, terminal } from "./terminal";

describe("trace", () => {
  it("reads from a request to what served it and what had changed", async () => {
    const { api, run, ask } = await terminal({ scopes: ["read"] });
    const releaseId = api.world.release(1);
    api.telemetry.add(
      request({
        requestId: "req/8a2",
        timeMs: T0 + MINUTE_MS,
        releaseId,
        region: "us-west",
        features: [{ view: "releases", name: "queue_time", value: 4, timestampMs: T0 }],
      }),
    );
    const { out } = await run(["trace", "req/8a2"]);
    expect(out).toMatch(/^region +us-west$/m);
    expect(out).toMatch(new RegExp(`^release +${releaseId}$`, "m"));
    expect(out).toMatch(/^prompt +support@1$/m);
    expect(out).toMatch(/^releases\/queue_time +4 +2026-04-12T00:00:00\.000Z$/m);
    expect(await ask("trace", "req/8a2", "--application", APP)).toMatchObject({ request: { requestId: "req/8a2" } });
    const missing = await run(["trace", "req-none"]);
    expect(missing).toMatchObject({ code: 2, out: "", err: "switchback: there is no request req-none\n" });
  });
});

describe("audit", () => {
  async function exported() {
    const { api, run, ask } = await terminal({ scopes: ["read"] });
    for (const n of [1, 2, 3]) api.world.release(n);
    const path = join(folder, "audit.ndjson");
    expect(await run(["audit", "export", "-o", path])).toMatchObject({ code: 0, out: "", err: "" });
    return { run, ask, path, lines: readFileSync(path, "utf8").trimEnd().split("\n") };
  }

  it("an export verifies without the server, and says where the chain stands", async () => {
    const { run, ask, path, lines } = await exported();
    const { out } = await run(["audit", "export"]);
    expect(out.trimEnd().split("\n")).toEqual(lines);
    const here = (await runCommand(["audit", "verify", path, "--json"])).json()[0];
    expect(here).toMatchObject({ entries: lines.length, valid: true, firstBroken: null });
    const there = (await ask("audit", "verify")) as object;
    expect(there).toMatchObject(here as object);
    expect((await run(["audit", "verify", "-"], { stdin: out })).out).toMatch(/^The chain holds: 4 entries/);
  });

  it("finds what was changed, dropped, put in or cut off at the beginning", async () => {
    const { run, lines } = await exported();
    const verify = async (...changed: (string | undefined)[]) => {
      const ran = await run(["audit", "verify", "-", "--json"], { stdin: changed.join("\n") });
      return [ran.code, (ran.json()[0] as { firstBroken: number | null }).firstBroken];
    };
    const [a = "", b = "", c = "", d = ""] = lines;
    expect(await verify(a, b, c, d)).toEqual([0, null]);
    expect(await verify(a, b.replace(/"name":"[^"]+"/, '"name":"somebody else"'), c, d)).toEqual([1, 2]);
    expect(await verify(a, c, d)).toEqual([1, 3]);
    expect(await verify(a, b, b, c, d)).toEqual([1, 2]);
    expect(await verify(b, c, d)).toEqual([1, 2]);
    const part = ["audit", "verify", "-", "--after-hash", (JSON.parse(a) as { hash: string }).hash];
    expect((await run(part, { stdin: [b, c, d].join("\n") })).code).toBe(0);
    expect((await run(["audit", "export", "--after", "2"])).out).toBe(`${c}\n${d}\n`);
  });

  it.each([
    ["nothing", "", "holds no entry"],
    ["no JSON", "hello", "line 1 is not an audit entry"],
    ["other JSON", '{"requestId":"r"}', "line 1 is not an audit entry"],
  ])("%s cannot be told: exit code 2", async (_name, stdin, message) => {
    const ran = await runCommand(["audit", "verify", "-"], { stdin });
    expect(ran).toMatchObject({ code: 2, out: "" });
    expect(ran.err).toContain(message);
  });

  it("an export that breaks off does not end well", async () => {
    const stub = await startStub({ body: '{"seq":1}\n{"seq":2}\n', breaksOff: true });
    const ran = await runCommand(["audit", "export", "--url", stub.url]);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain("does not answer");
  });
});
