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
