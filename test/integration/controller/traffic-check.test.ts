/** Traffic that is not what it should be keeps a promotion back and says why, and never more than that. */
import { describe, expect, test } from "vitest";
import { newStage, NOON, type Stage } from "./harness";

const MINUTE = 60_000;
const policy = {
  evidence: "confident",
  settle: "30s",
  thresholds: { error_rate: { max: 0.5, window: "1m", min_requests: 20, action: "rollback" } },
  steps: [{ canary: "10%", min_duration: "5m", min_requests: 50 }],
};

const subject = (name: string): Buffer => Buffer.from(name.padStart(8, "_")).subarray(-8);

/** 12 minutes of both tracks; each request of a subject of its own unless `facts` says otherwise. */
function serve(
  stage: Stage,
  counts: { candidate: number; control: number },
  facts?: { candidate?: (index: number) => object; control?: (index: number) => object },
): void {
  const span = { fromMs: NOON, toMs: NOON + 12 * MINUTE };
  stage.send(
    {
      ...span,
      releaseId: stage.control,
      track: "control",
      count: counts.control,
      facts: facts?.control ?? ((index) => ({ subject: subject(`a${index}`) })),
    },
    {
      ...span,
      releaseId: stage.candidate,
      track: "canary",
      count: counts.candidate,
      facts: facts?.candidate ?? ((index) => ({ subject: subject(`b${index}`) })),
    },
  );
}

function runOn(stage: Stage, change: object = {}): string {
  stage.put({ ...policy, ...change });
  const id = stage.start(NOON);
  return id;
}

const ALL = { fromMs: NOON, toMs: NOON + 12 * MINUTE };

describe("the split of traffic", () => {
  test("as configured: promoted", () => {
    const stage = newStage();
    const id = runOn(stage);
    serve(stage, { candidate: 360, control: 3_240 });
    stage.run(ALL);
    expect(stage.rollout(id).state).toBe("promoted");
  });

  test("half of the users where a tenth should be: held, with the numbers, and not rolled back", () => {
    const stage = newStage();
    const id = runOn(stage);
    serve(stage, { candidate: 1_800, control: 1_800 });
    stage.run(ALL);
    expect(stage.rollout(id).state).toBe("canary");
    const { decision, stepComplete, waitingFor, sentence } = stage.evaluation(id);
    expect([decision, stepComplete]).toEqual(["continue", false]);
    expect(waitingFor[0]?.what).toMatch(
      /^traffic to be split as configured: 50 % of \d+ subjects reached the candidate where 10 % should$/,
    );
    expect(sentence).toMatch(/^No limit is broken; waiting for traffic to be split as configured: 50 %/);
  });

  test("a few busy subjects are no mismatch, however many requests they make", () => {
    const stage = newStage();
    const id = runOn(stage);
    // 2 of 20 subjects are the candidate's, and they make half of the requests.
    serve(
      stage,
      { candidate: 1_800, control: 1_800 },
      {
        candidate: (index) => ({ subject: subject(`b${index % 4}`) }),
        control: (index) => ({ subject: subject(`a${index % 36}`) }),
      },
    );
    stage.run(ALL);
    expect(stage.rollout(id).state).toBe("promoted");
  });

  test("evidence by windows alone is not held", () => {
    const stage = newStage();
    const id = runOn(stage, { evidence: "window" });
    serve(stage, { candidate: 1_800, control: 1_800 });
    stage.run(ALL);
    expect(stage.rollout(id).state).toBe("promoted");
  });

  test("a breach still rolls back while the split is wrong", () => {
    const stage = newStage();
    const id = runOn(stage, {
      thresholds: { error_rate: { max: 0.05, window: "1m", min_requests: 20, action: "rollback" } },
    });
    serve(
      stage,
      { candidate: 1_800, control: 1_800 },
      { candidate: (index) => ({ subject: subject(`b${index}`), ...(index % 3 === 0 ? { status: "error" } : {}) }) },
    );
    stage.run(ALL);
    expect(stage.rollout(id).state).toBe("rolled_back");
  });
});

test("requests that no release could be found for keep the promotion back", () => {
  const stage = newStage();
  const id = runOn(stage);
  serve(
    stage,
    { candidate: 360, control: 3_240 },
    { control: (index) => ({ subject: subject(`a${index}`), ...(index % 4 === 0 ? { releaseId: null } : {}) }) },
  );
  stage.run(ALL);
  expect(stage.rollout(id).state).toBe("canary");
  expect(stage.evaluation(id).waitingFor.map(({ what }) => what)).toContainEqual(
    expect.stringMatching(/^requests to name their release: 2\d(\.\d)? % of those of the last 5 min name none/),
  );
});

describe("telemetry that is not fit to be judged on", () => {
  /** When the i-th of `count` requests of `serve` was sent. */
  const sentMs = (index: number, count: number): number => NOON + Math.floor((index / count) * 12 * 60) * 1_000;
  const own = (index: number, prefix: string): { subject: Buffer } => ({ subject: subject(`${prefix}${index}`) });
  const waitsFor = (stage: Stage, id: string): string[] => stage.evaluation(id).waitingFor.map(({ what }) => what);

  test("a clock that is ahead keeps the promotion back", () => {
    const stage = newStage();
    const id = runOn(stage);
    const ahead = (index: number) =>
      index % 4 === 0 ? { timeMs: sentMs(index, 3_240) + 30_000, ...own(index, "a") } : own(index, "a");
    serve(stage, { candidate: 360, control: 3_240 }, { control: ahead });
    stage.run(ALL);
    expect(stage.rollout(id).state).toBe("canary");
    expect(waitsFor(stage, id)).toContainEqual(
      expect.stringMatching(/^clocks to agree: \d\d % of the requests of the last 5 min lie ahead/),
    );
  });

  describe("a time to first token that cannot be", () => {
    const broken = (prefix: string) => (index: number) =>
      index % 5 === 0
        ? { ttftUs: null, ttftSide: null, flags: ["ttft_exceeds_duration"], ...own(index, prefix) }
        : own(index, prefix);
    const run = (thresholds: object): { stage: Stage; id: string } => {
      const stage = newStage();
      const id = runOn(stage, { thresholds });
      serve(stage, { candidate: 360, control: 3_240 }, { candidate: broken("b"), control: broken("a") });
      stage.run(ALL);
      return { stage, id };
    };

    test("keeps a rule on it from passing, and says why", () => {
      const { stage, id } = run({ p95_ttft_ms: { max: 850, window: "5m", min_requests: 20, action: "rollback" } });
      expect(stage.rollout(id).state).toBe("canary");
      const { findings, waitingFor } = stage.evaluation(id);
      expect(findings).toEqual([
        expect.objectContaining({
          verdict: "no_data",
          unfit: true,
          detail: expect.stringMatching(/^no data to judge on; waiting for times to first token that can be: 20 %/),
        }),
      ]);
      // Said once, and not as a number of requests that would help.
      expect(waitingFor.map(({ what }) => what)).toEqual([expect.stringMatching(/^times to first token that can be/)]);
    });

    test("holds nothing that is not about it", () => {
      const { stage, id } = run({ error_rate: { max: 0.5, window: "1m", min_requests: 20, action: "rollback" } });
      expect(stage.rollout(id).state).toBe("promoted");
    });
  });

  describe("shadow requests", () => {
    const run = (shadowOf: (index: number) => string | null): { stage: Stage; id: string } => {
      const stage = newStage();
      const id = runOn(stage, { steps: [{ shadow: "100%", min_duration: "5m", min_requests: 50 }, { canary: "10%" }] });
      const span = { fromMs: NOON, toMs: NOON + 8 * MINUTE, count: 480 };
      stage.send(
        { ...span, releaseId: stage.control, track: "control", facts: (index) => ({ requestId: `c-${index}` }) },
        { ...span, releaseId: stage.candidate, track: "shadow", facts: (index) => ({ shadowOf: shadowOf(index) }) },
      );
      stage.run({ fromMs: NOON, toMs: NOON + 8 * MINUTE });
      return { stage, id };
    };

    test("with their originals go on", () => {
      const { stage, id } = run((index) => `c-${index}`);
      expect(stage.rollout(id).state).toBe("canary");
    });

    test.each([
      ["that name none", () => null],
      ["that name one that never came", (index: number) => `lost-${index}`],
    ])("%s stay in shadow", (_, shadowOf) => {
      const { stage, id } = run(shadowOf);
      expect(stage.rollout(id).state).toBe("shadow");
      expect(waitsFor(stage, id)).toContainEqual(
        expect.stringMatching(/^shadow requests to have their originals: 100 % of those of the last 5 min have none/),
      );
    });
  });

  describe("a judge", () => {
    const run = (scoredFor: number): { stage: Stage; id: string } => {
      const stage = newStage();
      const id = runOn(stage, {
        thresholds: {
          groundedness_score: { min: 0.5, window: "15m", min_requests: 20, action: "pause_for_review" },
        },
        steps: [{ canary: "50%", min_duration: "45m", min_requests: 50 }],
      });
      const span = { fromMs: NOON, toMs: NOON + 50 * MINUTE, count: 3_000 };
      const scored = (prefix: string) => (index: number) => ({
        ...own(index, prefix),
        ...(index < scoredFor ? { scores: [{ name: "groundedness", value: 0.9, judge: "j@1", timeMs: NOON }] } : {}),
      });
      stage.send(
        { ...span, releaseId: stage.control, track: "control", facts: scored("a") },
        { ...span, releaseId: stage.candidate, track: "canary", facts: scored("b") },
      );
      stage.run({ fromMs: NOON, toMs: NOON + 50 * MINUTE, everyMs: MINUTE });
      return { stage, id };
    };

    test("that keeps up lets the rollout end", () => {
      const { stage, id } = run(3_000);
      expect(stage.rollout(id).state).toBe("promoted");
    });

    test("that has fallen silent keeps its rule from passing on old scores", () => {
      const { stage, id } = run(1_200);
      expect(stage.rollout(id).state).toBe("canary");
      expect(waitsFor(stage, id)).toContainEqual(
        expect.stringMatching(/^scores of groundedness: 100 % of the requests that should have one by now have none/),
      );
      expect(stage.evaluation(id).findings[0]?.verdict).toBe("no_data");
    });
  });
});
