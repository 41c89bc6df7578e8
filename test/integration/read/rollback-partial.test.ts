/** Taking back one change of several. */
import { describe, expect, test } from "vitest";
import { proposePartialRollback } from "@/server/control/propose-partial-rollback";
import { rollback } from "@/server/control/rollback";
import { canary, preview, settled } from "./rollback-stage";
import { APP, GOOD, HOUR_MS, NOW_MS } from "./story";

describe("a partial rollback", () => {
  test("one change of several can be taken back alone: proposed first, registered when it is chosen", () => {
    const { story, good } = settled();
    const bad = story.release({ ...GOOD, prompt: "deploy-answer@2.9", feature_view: "releases@5" });
    story.move(bad, { atMs: NOW_MS - HOUR_MS });
    const [view, prompt] = preview(story).partial;
    expect([view?.change, prompt?.change]).toEqual([
      { kind: "feature_view", from: "releases@5", to: "releases@4" },
      { kind: "prompt", from: "deploy-answer@2.9", to: "deploy-answer@2.8" },
    ]);
    expect(prompt).toMatchObject({ registered: false, eligible: true });
    const propose = () =>
      proposePartialRollback(story.context(), {
        application: APP,
        fromReleaseId: bad,
        toReleaseId: good,
        kind: "prompt",
        reason: "the new prompt rambles",
      });
    const proposed = propose();
    expect(proposed).toMatchObject({
      releaseId: prompt?.releaseId,
      created: true,
      components: { ...GOOD, prompt: "deploy-answer@2.8", feature_view: "releases@5" },
    });
    expect(propose()).toMatchObject({ releaseId: proposed.releaseId, created: false });
    expect(preview(story).partial[1]).toMatchObject({ registered: true });
    // It serves nothing until somebody goes to it, knowing that it never has.
    const chosen = preview(story, { toReleaseId: proposed.releaseId });
    expect(chosen.target?.readiness).toContainEqual(expect.objectContaining({ name: "served recently", ok: false }));
    const done = rollback(story.context(), { application: APP, reason: "r", toReleaseId: proposed.releaseId });
    expect([done.fromReleaseId, done.toReleaseId]).toEqual([bad, proposed.releaseId]);
  });

  test("with one change there is nothing partial, and a canary's is a new candidate", () => {
    const { story, good, candidate } = canary();
    expect(preview(story).partial.map(({ eligible, reason }) => [eligible, reason])).toEqual([
      [false, "a new candidate: go back first, then start a rollout of it"],
      [false, "a new candidate: go back first, then start a rollout of it"],
    ]);
    const one = settled();
    expect(preview(one.story).partial).toEqual([]);
    const attempt = (given: { kind: string }) => () =>
      proposePartialRollback(story.context(), {
        application: APP,
        fromReleaseId: candidate,
        toReleaseId: good,
        reason: "r",
        ...given,
      });
    expect(attempt({ kind: "prompt" })).toThrow("have the same prompt: there is nothing to take back");
    expect(attempt({ kind: "guardrail" })).toThrow("there is no component of");
  });
});
