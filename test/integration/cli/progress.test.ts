/** How far long work is, as somebody at a terminal sees it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newWorld } from "@/test/integration/control/fixtures";
import { openControlFile } from "@/server/control-file";
import { linesOf, CANDIDATE, CONTROL } from "./requests";
import { NOON, runCommand, type Ran, type Surroundings } from "./run-command";
import { startStub, type StubAnswer } from "./stub-server";
import { file } from "./terminal";

const folder = mkdtempSync(join(tmpdir(), "switchback-progress-"));
const dataDir = join(folder, "data");
const archive = join(folder, "backup.tar");

beforeAll(() => {
  const db = openControlFile(dataDir);
  const world = newWorld(db);
  world.serve(world.release(1));
  db.$client.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Each look at it is 200 ms later, so that no line is left out for having come too soon. */
function ticking(): () => number {
  let nowMs = NOON;
  return () => (nowMs += 200);
}

interface Case {
  args: readonly string[];
  /** A server that answers so. */
  answers?: readonly StubAnswer[];
  /** Lines that are shown on the way, in this order. */
  shows: readonly RegExp[];
}

async function run({ args, answers }: Case, around: Surroundings): Promise<Ran> {
  const stub = answers === undefined ? undefined : await startStub(...answers);
  const environment = { SWITCHBACK_DATA_DIR: dataDir, ...(stub === undefined ? {} : { SWITCHBACK_URL: stub.url }) };
  return runCommand(args, { environment, nowMs: ticking(), ...around });
}

const policy = file({
  evidence: "window",
  settle: "0s",
  thresholds: { p95_ttft_ms: { max: 850, window: "10s", action: "rollback" } },
});
const requests = file(
  linesOf(
    { releaseId: CONTROL, track: "control", to: 1 },
    { to: 1, perMinute: 60, facts: (index) => ({ ttftMs: index < 30 ? 400 : 900 }) },
  ),
  "ndjson",
);
const chain = file(`${JSON.stringify({ seq: 1, prevHash: "a", hash: "b" })}\n`, "ndjson");
const verified = { entries: 4, valid: true, firstBroken: null, head: "0".repeat(64) };
const replayed = {
  happened: { sentence: "It was rolled back." },
  changes: [],
  final: "continue",
  firstRollbackAt: null,
  firstPauseAt: null,
  evaluations: 3,
  requests: 40,
  complete: true,
};
const checks = (observed: number | null) => [
  { tier: "paid", name: "quality", passed: observed !== null, observed, limit: 0.8, message: "quality" },
];
const planned = { application: "a", commit: "c", verdict: "unchanged", releases: [], aliases: [], policy: null };
const git = (writeBacks: object[]) => ({
  body: { sentence: "", git: null, aliases: [], undelivered: null, writeBacks },
});
const watched = (state: string, endedAt: string | null) => ({
  body: { id: "rol_1", state, decision: "continue", sentence: "So.", endedAt, freshness: { asOf: "12:00" } },
});
const written = { auditSeq: 7, status: "committed", message: "commit 1", url: null, commit: "1" };

const CASES: Record<string, Case> = {
  "replay --requests": {
    args: ["replay", policy, "--requests", requests, "--candidate", CANDIDATE],
    shows: [
      /^reading: 120 requests, \d+\.\d of \d+\.\d kB$/,
      /^evaluating \S+\.json: 1 of 6 ticks$/,
      /^evaluating \S+\.json: 6 of 6 ticks$/,
    ],
  },
  "replay --rollout": {
    args: ["replay", "careful", "--rollout", "rol_1"],
    answers: [{ body: replayed }],
    shows: [/^the server replays rollout 1 of 1 …$/, /^the server replays rollout 1 of 1: \d s$/],
  },
  "audit verify FILE": {
    args: ["audit", "verify", chain],
    shows: [/^verifying: 1 audit entry, 36 of 36 bytes$/],
  },
  "audit verify": {
    args: ["audit", "verify"],
    answers: [{ body: verified }],
    shows: [/^the server verifies its audit log …$/, /^the server verifies its audit log: \d s$/],
  },
  "audit export -o": {
    args: ["audit", "export", "-o", join(folder, "audit.ndjson")],
    answers: [{ body: '{"seq":1}\n' }],
    shows: [/^exporting: 10 bytes$/],
  },
  "rollout watch": {
    args: ["rollout", "watch", "rol_1"],
    answers: [watched("canary", null), watched("canary", null), watched("promoted", "12:09")],
    shows: [/canary, continue/, /^watching: no change for \d s$/, /promoted, continue/],
  },
  "gate --results --wait": {
    args: ["gate", "--application", "a", "--candidate", "b", "--results", file({ quality: 0.9 }), "--wait", "60"],
    answers: [
      { body: {} },
      { body: { promote: false, verdict: "unknown", checks: checks(null) } },
      { body: { promote: true, verdict: "promote", checks: checks(0.9) } },
    ],
    shows: [/^handing in \S+: \d s$/, /^waiting for results: \d of 60 s$/],
  },
  "gitops plan --remote": {
    args: ["gitops", "plan", "--application", "a", "--remote"],
    answers: [{ body: { ...planned, findings: [] } }],
    shows: [/^the server reads the commit and plans: \d s$/],
  },
  "gitops reconcile --wait": {
    args: ["gitops", "reconcile", "--application", "a", "--reason", "why", "--wait", "30"],
    answers: [{ body: { auditId: 7 } }, git([]), git([written])],
    shows: [/^waiting for the commit: 0 of 30 s$/],
  },
  backup: {
    args: ["backup", archive],
    shows: [
      /^copying control\.db: \d+\.\d of \d+\.\d kB$/,
      /^checking the copy of control\.db …$/,
      /^verifying: 2 audit entries$/,
      /^hashing control\.db: (\d+\.\d) of \1 kB$/,
      /^writing the archive: (\d+\.\d) of \1 kB$/,
    ],
  },
  restore: {
    args: ["--data-dir", join(folder, "restored"), "restore", archive],
    shows: [/^unpacking control\.db: (\d+\.\d) of \1 kB$/, /^hashing control\.db: /, /^verifying: 2 audit entries$/],
  },
};

describe.each(Object.entries(CASES))("%s", (_, example) => {
  const fresh = () => {
    rmSync(archive, { force: true });
    rmSync(join(folder, "restored"), { recursive: true, force: true });
  };
  const backUp = () => runCommand(["backup", archive], { environment: { SWITCHBACK_DATA_DIR: dataDir } });
  const prepared = async (around: Surroundings): Promise<Ran> => {
    fresh();
    if (example.args.includes("restore")) await backUp();
    return run(example, around);
  };

  it("says how far it is, and leaves on the terminal what it would leave without", async () => {
    const shown = await prepared({ columns: 100 });
    const plain = await prepared({});
    let from = 0;
    for (const expected of example.shows) {
      const at = shown.screen.held.findIndex((line, index) => index >= from && expected.test(line));
      expect(at, `${String(expected)} in\n${shown.screen.held.join("\n")}`).toBeGreaterThanOrEqual(from);
      from = at + 1;
    }
    expect(shown.out).toBe(plain.out);
    expect(shown.screen.lines).toEqual(plain.screen.lines);
    expect([shown.code, plain.err]).toEqual([plain.code, ""]);
  });

  it("says nothing with --json", async () => {
    const ran = await prepared({ columns: 100 });
    expect(ran.err).not.toBe("");
    fresh();
    if (example.args.includes("restore")) await backUp();
    expect((await run({ ...example, args: [...example.args, "--json"] }, { columns: 100 })).err).toBe("");
  });
});

describe("the line", () => {
  it("is shorter than the terminal is wide", async () => {
    const { screen } = await run(CASES["audit verify"] as Case, { columns: 20 });
    expect(screen.held).toContain("the server verifies");
  });

  it("stands for a tenth of a second", async () => {
    const often = linesOf({ to: 3, perMinute: 60, facts: () => ({ ttftMs: 400 }) });
    let nowMs = NOON;
    const { screen } = await runCommand(["replay", policy, "--requests", "-", "--candidate", CANDIDATE], {
      stdin: often,
      columns: 100,
      nowMs: () => (nowMs += 20),
    });
    const ticks = screen.held
      .filter((line) => line.startsWith("evaluating"))
      .map((line) => /: (\d+) of/.exec(line)?.[1]);
    expect(ticks).toEqual(["1", "6", "11", "16"]);
  });

  it("makes room for an error", async () => {
    const broken = { args: ["audit", "verify", file("{}\nno entry\n", "ndjson")], shows: [] };
    const { screen, code } = await run(broken, { columns: 100 });
    expect(code).toBe(2);
    expect(screen.lines.join("\n")).toMatch(/^switchback: line 1 is not an audit entry: .+\n$/);
    const refused = await run(
      { args: ["audit", "verify"], answers: [{ status: 503, body: { detail: "busy" } }], shows: [] },
      { columns: 100 },
    );
    expect(refused.screen.lines).toEqual(["switchback: busy", ""]);
  });
});

describe("gate --wait", () => {
  const unknown = { body: { promote: false, verdict: "unknown", checks: checks(null) } };
  const gate = ["gate", "--application", "a", "--candidate", "b", "--wait"];

  it("asks again until the results are in", async () => {
    const stub = await startStub(unknown, unknown, {
      body: { promote: true, verdict: "promote", checks: checks(0.9) },
    });
    const pauses: number[] = [];
    const ran = await runCommand([...gate, "60", "--url", stub.url], { onPause: (ms) => pauses.push(ms) });
    expect([ran.code, pauses, stub.asked.length]).toEqual([0, [2_000, 2_000], 3]);
  });

  it("could not tell when they do not come in time", async () => {
    const stub = await startStub(unknown);
    let nowMs = NOON;
    const ran = await runCommand([...gate, "4", "--url", stub.url], {
      nowMs: () => nowMs,
      onPause: (ms) => (nowMs += ms),
    });
    expect([ran.code, stub.asked.length]).toEqual([2, 3]);
    expect(ran.out).toContain("Could not tell");
  });

  it("does not wait for what no result would decide", async () => {
    const noise = checks(0.81).map((check) => ({ ...check, passed: false, undecided: true }));
    const stub = await startStub({ body: { promote: false, verdict: "unknown", checks: noise } });
    expect((await runCommand([...gate, "60", "--url", stub.url])).code).toBe(2);
    expect(stub.asked.length).toBe(1);
  });

  it.each(["soon", "-1"])("%s is no time to wait", async (time) => {
    const ran = await runCommand([...gate, time]);
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining("Write a number of seconds")]);
  });
});
