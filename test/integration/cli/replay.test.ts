/** `switchback replay` through the whole command line, on data whose outcome is known. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import examples from "@/test/fixtures/worked-examples.json";
import { chance, CANDIDATE, CONTROL, linesOf, MINUTE_MS, type Arm } from "./requests";
import { NOON, runCommand } from "./run-command";

const folder = mkdtempSync(join(tmpdir(), "switchback-replay-"));
let files = 0;

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(content: unknown): string {
  files += 1;
  const path = join(folder, `${files}.yaml`);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

interface Violation {
  action: string;
  metric: string;
  segment?: string;
  message: string;
}

interface Replayed {
  changes: { time: string; decision: string; violations: Violation[] }[];
  summary: {
    final: string | null;
    firstRollbackAt: string | null;
    firstPauseAt: string | null;
    evaluations: number;
    requests: number;
  };
  err: string;
}

async function replay(policy: object, lines: string, ...flags: string[]): Promise<Replayed> {
  const args = ["replay", file(policy), "--requests", "-", "--candidate", CANDIDATE, ...flags, "--json"];
  const ran = await runCommand(args, { stdin: lines });
  expect(ran).toMatchObject({ code: 0 });
  const answers = ran.json();
  return {
    changes: answers.slice(0, -1) as Replayed["changes"],
    summary: answers.at(-1) as Replayed["summary"],
    err: ran.err,
  };
}

const decisionsOf = ({ changes }: Replayed): string[] => changes.map(({ decision }) => decision);
/** `00:05:40` after noon. */
const after = (seconds: number): string => new Date(NOON + seconds * 1_000).toISOString();

const CONTROL_ARM: Arm = { releaseId: CONTROL, track: "control" };
const TTFT = { p95_ttft_ms: { max: 850, window: "10s", action: "rollback" } };
const ttft = (ms: number) => () => ({ ttftMs: ms });

describe("worked examples", () => {
  const window = { evidence: "window", thresholds: examples.rollbackPolicy.thresholds };

  /** A minute has 1,000 requests; whole minutes have exactly the metric's value, and no beginning of one is worse. */
  function facts(metrics: Partial<Record<keyof typeof window.thresholds, number>>): NonNullable<Arm["facts"]> {
    const { p95_ttft_ms, groundedness_score, toxicity_rate, task_completion_rate } = metrics;
    const last = (index: number, share: number): boolean => index % 1_000 >= 1_000 - Math.round(share * 1_000);
    return (index) => ({
      ...(p95_ttft_ms === undefined ? {} : { ttftMs: p95_ttft_ms }),
      ...(groundedness_score === undefined ? {} : { scores: { groundedness: groundedness_score } }),
      ...(toxicity_rate === undefined ? {} : { toxic: last(index, toxicity_rate) }),
      ...(task_completion_rate === undefined ? {} : { taskCompleted: !last(index, 1 - task_completion_rate) }),
    });
  }

  it.each(examples.rollbackPolicy.cases)("decides $decision", async ({ metrics, decision, violations }) => {
    const replayed = await replay(window, linesOf({ to: 3, perMinute: 1_000, facts: facts(metrics) }));
    expect(replayed.summary.final).toBe(decision);
    const shown = replayed.changes.at(-1)?.violations.map(({ action, message }) => [action, message]);
    expect(shown).toEqual(violations);
  });

  it("sustains a breach over the example's windows", async () => {
    const [sustained] = examples.sustainedBreach.cases;
    const thresholds = { p95_ttft_ms: { max: 850, window: "5m", consecutive: 3, action: "rollback" } };
    const arms = (sustained?.windows ?? []).map((ms, index) => ({
      from: index * 5,
      to: index * 5 + 5,
      facts: ttft(ms),
    }));
    const replayed = await replay({ evidence: "window", thresholds }, linesOf(...arms));
    expect(replayed.summary).toMatchObject({ final: "rollback", requests: 1_200 });
  });
});

describe("evidence: window", () => {
  /** Ten-second windows with one value each, 6 requests a window. */
  const windows = (...values: readonly number[]): string =>
    linesOf(...values.map((ms, index) => ({ from: index / 6, to: (index + 1) / 6, perMinute: 36, facts: ttft(ms) })));
  const thrice = (settle = "0s") => ({
    settle,
    evidence: "window",
    thresholds: { p95_ttft_ms: { ...TTFT.p95_ttft_ms, consecutive: 3 } },
  });

  it.each([
    ["three bad windows in a row", [800, 900, 910, 920], ["continue", "rollback"], after(40)],
    ["two bad windows", [800, 900, 910, 800, 800], ["continue"], null],
    ["a good window between bad ones", [900, 910, 800, 920, 930], ["continue"], null],
    ["exactly the limit", [850, 850, 850, 850], ["continue"], null],
    ["a recovery", [900, 910, 920, 800, 800], ["continue", "rollback", "continue"], after(30)],
  ] as const)("%s", async (_name, values, decisions, firstRollbackAt) => {
    const replayed = await replay(thrice(), windows(...values));
    expect(decisionsOf(replayed)).toEqual(decisions);
    expect(replayed.summary).toEqual({
      final: decisions.at(-1),
      firstRollbackAt,
      firstPauseAt: null,
      evaluations: values.length,
      requests: values.length * 6,
    });
  });

  it("decides when the data has settled, and looks on until all of it has", async () => {
    const replayed = await replay(thrice("30s"), windows(800, 900, 910, 920));
    expect(replayed.summary).toMatchObject({ final: "rollback", firstRollbackAt: after(70), evaluations: 7 });
  });

  it("evaluates at the ticks that are asked for", async () => {
    const data = windows(800, 900, 910, 920, 930, 940);
    expect((await replay(thrice(), data, "--tick", "30s")).summary).toMatchObject({
      evaluations: 2,
      firstRollbackAt: after(60),
    });
    // Nothing new has settled at every second of these ticks.
    expect((await replay(thrice(), data, "--tick", "5s")).summary).toMatchObject({
      evaluations: 7,
      firstRollbackAt: after(40),
    });
  });

  it("begins with the candidate's first request, however late", async () => {
    const control = { ...CONTROL_ARM, to: 30, facts: ttft(900) };
    const candidate = { from: 20, to: 30, facts: (index: number) => ({ ttftMs: index < 300 ? 400 : 900 }) };
    const replayed = await replay({ settle: "0s", evidence: "window", thresholds: TTFT }, linesOf(control, candidate));
    expect(replayed.changes[0]?.time).toBe(after(20 * 60 + 10));
    expect(replayed.summary).toMatchObject({ firstRollbackAt: after(25 * 60 + 10), evaluations: 60, requests: 2_400 });
  });

  it("never takes missing data for a pass: nothing is promoted, and an old breach is not held against silence", async () => {
    const silent = {
      evidence: "window",
      thresholds: { ...TTFT, groundedness_score: { min: 0.8, window: "1m", action: "rollback" } },
      steps: [{ canary: "50%" }],
    };
    const untimed = await replay(silent, linesOf({ to: 5, facts: () => ({}) }));
    expect(decisionsOf(untimed)).toEqual(["continue"]);
    const good = await replay(
      silent,
      linesOf({ to: 5, facts: () => ({ ttftMs: 400, scores: { groundedness: 0.9 } }) }),
    );
    expect(decisionsOf(good)).toEqual(["continue"]);
    const gone = linesOf({ ...CONTROL_ARM, to: 5 }, { to: 2, facts: ttft(900) });
    expect(decisionsOf(await replay(silent, gone))).toEqual(["continue", "rollback", "continue"]);
  });

  it.each([
    [
      "20 % more than the control",
      1.2,
      "rollback",
      ["mean_cost_usd=0.0048 exceeds control 0.0040 by 20.0 % (limit 15 %) over 5m"],
    ],
    ["10 % more", 1.1, "continue", []],
    ["15 % more, exactly what is allowed", 1.15, "continue", []],
  ] as const)("a relative limit: %s", async (_name, factor, final, messages) => {
    const thresholds = { mean_cost_usd: { max_increase: 0.15, vs: "control", window: "5m", action: "rollback" } };
    // Both arms become dearer together: that is nobody's fault.
    const cost = (usd: number) => (index: number) => ({ costUsd: index < 300 ? usd : 3 * usd });
    const arms = [{ ...CONTROL_ARM, facts: cost(0.004) }, { facts: cost(0.004 * factor) }];
    const replayed = await replay({ evidence: "window", thresholds }, linesOf(...arms));
    expect(replayed.summary.final).toBe(final);
    expect(replayed.changes.at(-1)?.violations.map(({ message }) => message)).toEqual(messages);
  });

  it("cannot judge a relative limit without a control, and says so", async () => {
    const thresholds = { mean_cost_usd: { max_increase: 0.15, window: "5m", action: "rollback" } };
    const replayed = await replay({ evidence: "window", thresholds }, linesOf({ facts: () => ({ costUsd: 1 }) }));
    expect(replayed.summary.final).toBe("continue");
    expect(replayed.err).toContain("limits relative to the control cannot be judged");
  });

  it("finds the one segment that is broken", async () => {
    const policy = { evidence: "window", thresholds: TTFT, segments: ["region"] };
    const facts = (index: number) =>
      index % 30 === 0 ? { region: "us-west", ttftMs: 1_200 } : { region: "eu-central", ttftMs: 400 };
    const replayed = await replay(policy, linesOf({ to: 5, perMinute: 600, facts }));
    expect(replayed.changes.at(-1)).toMatchObject({
      decision: "rollback",
      violations: [{ metric: "p95_ttft_ms", segment: "region=us-west" }],
    });
  });

  it("only notifies and pauses where the policy asks for no more", async () => {
    const thresholds = {
      p95_ttft_ms: { ...TTFT.p95_ttft_ms, action: "notify" },
      groundedness_score: { min: 0.8, window: "1m", action: "pause_for_review" },
    };
    const facts = (index: number) => ({ ttftMs: 900, scores: { groundedness: index < 300 ? 0.9 : 0.5 } });
    const replayed = await replay({ evidence: "window", thresholds }, linesOf({ facts }));
    expect(decisionsOf(replayed)).toEqual(["continue", "pause_for_review"]);
    expect(replayed.summary).toMatchObject({ firstRollbackAt: null, final: "pause_for_review" });
    expect(replayed.summary.firstPauseAt).toBe(replayed.changes[1]?.time);
  });
});

describe("who is compared with whom", () => {
  const thresholds = { error_rate: { max_increase: 0.5, window: "5m", action: "rollback" } };
  const policy = { evidence: "window", thresholds };
  const failing = (every: number) => (index: number) => ({ errorType: index % every === 0 ? "timeout" : undefined });
  const busy: Arm = { ...CONTROL_ARM, perMinute: 120, facts: failing(5) };
  const quiet: Arm = { releaseId: "0123456789", track: "control", facts: failing(100) };

  it("the busiest release on the control track, unless another one is named", async () => {
    const lines = linesOf(busy, quiet, { facts: failing(5) });
    expect((await replay(policy, lines)).summary.final).toBe("continue");
    expect((await replay(policy, lines, "--control", "0123456789")).summary.final).toBe("rollback");
  });

  it("the candidate as a shadow where it is one, as a canary where it was both", async () => {
    const shadow: Arm = { track: "shadow", facts: failing(2) };
    expect((await replay(policy, linesOf(busy, shadow))).summary.final).toBe("rollback");
    expect((await replay(policy, linesOf(busy, shadow, { facts: failing(5) }))).summary.final).toBe("continue");
  });

  it("a release that is not in the file is said, and passes nothing", async () => {
    const { summary, err } = await replay(policy, linesOf(busy));
    expect(summary).toMatchObject({ final: "continue", firstRollbackAt: null });
    expect(err).toContain(`there is no request of the candidate ${CANDIDATE}: the file has ${CONTROL}`);
    const wrong = await replay(policy, linesOf(busy, {}), "--control", "0123456789");
    expect(wrong.err).toContain("no request of the control 0123456789 on the control track");
  });

  it("an empty file decides nothing", async () => {
    const { changes, summary } = await replay(policy, "");
    expect(changes).toEqual([]);
    expect(summary).toEqual({ final: null, firstRollbackAt: null, firstPauseAt: null, evaluations: 0, requests: 0 });
  });
});

describe("evidence: confident, the default", () => {
  const policy = { thresholds: { error_rate: { max: 0.02, window: "5m", action: "rollback" } } };
  /** An hour of the control alone, so that the rollout starts with something to compare with. */
  const arms = (control: number, candidate: number, outage = 0): string => {
    const failing = (share: number) => (index: number) => ({
      subject: `subject-${index % 1_000}`,
      status: chance(index, index % 6_000 > 5_000 ? share + outage : share) ? ("error" as const) : ("ok" as const),
    });
    return linesOf(
      { ...CONTROL_ARM, to: 90, perMinute: 200, facts: failing(control) },
      { from: 60, to: 90, perMinute: 200, facts: failing(candidate) },
    );
  };

  it("catches twice the errors", async () => {
    const { changes, summary } = await replay(policy, arms(0.015, 0.04));
    expect(summary.final).toBe("rollback");
    expect(changes.at(-1)?.violations).toMatchObject([{ action: "rollback", metric: "error_rate" }]);
    expect(Date.parse(summary.firstRollbackAt ?? "")).toBeLessThan(NOON + 75 * MINUTE_MS);
  });

  it("lets an identical release through, also one exactly at its limit", async () => {
    expect(decisionsOf(await replay(policy, arms(0.015, 0.015)))).toEqual(["continue"]);
    expect((await replay(policy, arms(0.02, 0.02))).summary.firstRollbackAt).toBeNull();
  });

  it("does not roll back for an outage that hits both alike", async () => {
    const { summary } = await replay(policy, arms(0.01, 0.01, 0.3));
    expect(summary).toMatchObject({ firstRollbackAt: null, final: "pause_for_review" });
  });

  it("without a control, rolls back what serves everyone; a small canary of the named step waits for people", async () => {
    const steps = [{ canary: "2%" }, { canary: "60%" }];
    const lines = linesOf({
      perMinute: 200,
      facts: (index) => ({ errorType: chance(index, 0.2) ? "timeout" : undefined }),
    });
    const final = async (...flags: string[]) => (await replay({ ...policy, steps }, lines, ...flags)).summary.final;
    expect([await final(), await final("--step", "1"), await final("--step", "2")]).toEqual([
      "rollback",
      "pause_for_review",
      "rollback",
    ]);
  });

  it("holds the bad requests of one or two subjects for their own trouble", async () => {
    const broken = (subjects: number) => (index: number) => {
      const subject = index % 40;
      return { subject: `tenant-${subject}`, status: subject < subjects ? ("error" as const) : ("ok" as const) };
    };
    const of = (subjects: number): string =>
      linesOf({ ...CONTROL_ARM, to: 20 }, { to: 20, perMinute: 200, facts: broken(subjects) });
    expect((await replay(policy, of(2))).summary.firstRollbackAt).toBeNull();
    expect((await replay(policy, of(3))).summary.final).toBe("rollback");
  });
});

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
