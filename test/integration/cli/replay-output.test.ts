/** What `switchback replay` prints: the same bytes for the same requests, two policies side by side, and refusals. */
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chance, CANDIDATE, linesOf } from "./requests";
import { runCommand } from "./run-command";
import { file, folder } from "./terminal";
import { CONTROL_ARM, decisionsOf, replay, TTFT, ttft } from "./replaying";

describe("the same requests give the same bytes", () => {
  const policies = ["window", "confident"].map((evidence) => ({
    evidence,
    thresholds: { ...TTFT, error_rate: { max: 0.05, window: "1m", action: "rollback" } },
    segments: ["region"],
  }));
  const facts = (index: number) => ({
    region: index % 3 === 0 ? "us-west" : "eu-central",
    ttftMs: 300 + ((index * 37) % 600),
    errorType: chance(index, index > 250 ? 0.3 : 0.02) ? "timeout" : undefined,
  });
  const lines = linesOf({ ...CONTROL_ARM, from: -5, facts: ttft(500) }, { facts });
  const parts = lines.split("\n").slice(0, -1);

  it.each(policies)("$evidence: however the file is cut, ordered, repeated or spaced", async (policy) => {
    const path = file(policy);
    const args = ["replay", path, "--requests", "-", "--candidate", CANDIDATE, "--json"];
    const { out } = await runCommand(args, { stdin: lines });
    expect(out).toContain('"rollback"');
    const cuts = fc.array(fc.nat({ max: lines.length }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(cuts, fc.shuffledSubarray(parts, { minLength: parts.length }), async (places, shuffled) => {
        const ends = [...places, lines.length].toSorted((a, b) => a - b);
        const chunks = ends.map((end, index) => lines.slice(ends[index - 1] ?? 0, end));
        expect((await runCommand(args, { stdin: chunks })).out).toBe(out);
        const repeated = `\uFEFF${[...shuffled, "", ...shuffled.slice(0, 50)].join("\r\n")}`;
        expect((await runCommand(args, { stdin: repeated })).out).toBe(out);
      }),
      { numRuns: 5 },
    );
  });
});

describe("for people", () => {
  it("prints a line per decision and a summary", async () => {
    const policy = file({ evidence: "window", settle: "0s", thresholds: TTFT });
    const lines = linesOf(
      { ...CONTROL_ARM, to: 1 },
      { to: 1, perMinute: 60, facts: (index) => ({ ttftMs: index < 30 ? 400 : 900 }) },
    );
    const { out, err } = await runCommand(["replay", policy, "--requests", "-", "--candidate", CANDIDATE], {
      stdin: lines,
    });
    expect(err).toBe("");
    expect(out).toBe(
      [
        "f91be2a454 (canary) against a0e277e29c",
        "2026-04-12T12:00:10.000Z  continue",
        "2026-04-12T12:00:40.000Z  rollback          p95_ttft_ms=900 exceeds max 850 over 10s",
        "rollback at the end, after 6 evaluations of 120 requests",
        "first rollback  2026-04-12T12:00:40.000Z",
        "first pause     never",
        "",
      ].join("\n"),
    );
  });
});

describe("two policies side by side", () => {
  it("decide on the same requests as each would alone", async () => {
    const strict = { evidence: "window", thresholds: TTFT };
    const mild = { evidence: "window", thresholds: { p95_ttft_ms: { ...TTFT.p95_ttft_ms, max: 5_000 } } };
    const lines = linesOf(CONTROL_ARM, { facts: ttft(900) });
    const against = file(mild);
    const args = ["replay", file(strict), "--against", against, "--requests", "-", "--candidate", CANDIDATE];
    const answers = (await runCommand([...args, "--json"], { stdin: lines })).json();
    const alone = [await replay(strict, lines), await replay(mild, lines)] as const;
    expect(answers.at(-1)).toEqual({ policy: alone[0].summary, against: alone[1].summary });
    const changes = answers.slice(0, -1) as { policy: string; decision: string }[];
    expect(changes.filter(({ policy }) => policy === against).map(({ decision }) => decision)).toEqual(
      decisionsOf(alone[1]),
    );
    expect(alone[0].summary.final).toBe("rollback");
    expect((await runCommand(args, { stdin: lines })).out).toContain(`${against}:\n  continue at the end`);
  });
});

describe("what cannot be replayed is refused with exit code 2", () => {
  const good = file({ thresholds: TTFT });
  const line = JSON.stringify({ requestId: "r", releaseId: CANDIDATE, time: "2026-04-12T12:00:00Z" });

  it.each([
    ["text that is no JSON", good, `${line}\nnot json`, "line 2 is not JSON"],
    [
      "a wrong member",
      good,
      `${line}\n\n{"requestId":"s","time":"2026-04-12T12:00:00Z","ttftMs":-1}`,
      "line 3 is not a Request record: /ttftMs: must not be negative",
    ],
    ["a record without an id", good, '{"time":"2026-04-12T12:00:00Z"}', "line 1 is not a Request record: /requestId"],
    ["a record without a time", good, '{"requestId":"r"}', "line 1 has no /time"],
    ["a number for a record", good, "42", "line 1 is not a Request record"],
    ["an unknown key", file({ thresholds: TTFT, setle: "1s" }), line, "did you mean settle?"],
    [
      "an unknown metric",
      file({ thresholds: { speed: { max: 1, action: "rollback" } } }),
      line,
      "speed is not a metric",
    ],
    ["a policy that is a list", file([]), line, "line 1, column 1: must be a map"],
    ["a policy that is no YAML", file("{a: ["), line, "line 1, column"],
    ["a policy that is not there", join(folder, "none.yaml"), line, "cannot be read"],
  ])("%s", async (_name, policy, stdin, message) => {
    const ran = await runCommand(["replay", policy, "--requests", "-", "--candidate", CANDIDATE, "--json"], { stdin });
    expect(ran).toMatchObject({ code: 2, out: "" });
    expect(ran.err).toContain(message);
  });

  it.each([
    [["--tick", "0s"], "at least 1s"],
    [["--tick", "soon"], "30s, 5m"],
    [["--step", "0"], "1 or more"],
    [["--step", "4"], "--step 4: the policy has 1 step"],
    [["--requests", join(folder, "none.ndjson")], "cannot be read"],
  ])("%j", async (flags, message) => {
    const args = ["replay", good, "--requests", "-", "--candidate", CANDIDATE, ...flags];
    const ran = await runCommand(args, { stdin: line });
    expect(ran).toMatchObject({ code: 2, out: "" });
    expect(ran.err).toContain(message);
  });
});
