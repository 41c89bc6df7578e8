/** What the tests of a rollback share: what was promoted, what runs beside it, and the two views, checked by their schemas. */
import { expect } from "vitest";
import { rollback } from "@/server/control/rollback";
import { readRollbackPreview } from "@/server/read/rollback-preview";
import { RollbackPreviewView, RollbackProgressView } from "@/server/read/rollback-preview-view";
import { readRollbackProgress } from "@/server/read/rollback-progress";
import { APP, CANDIDATE, FIRST, GOOD, HOUR_MS, NOW_MS, Story } from "./story";

/** Two releases promoted one after the other; production serves the second. */
export function settled() {
  const story = new Story();
  story.application();
  story.policy();
  const first = story.release(FIRST);
  const good = story.release(GOOD, { author: "jonas" });
  story.move(first, { atMs: NOW_MS - 300 * HOUR_MS });
  story.move(good, { atMs: NOW_MS - 76 * HOUR_MS });
  return { story, first, good };
}

/** A canary of the third beside it. */
export function canary() {
  const { story, first, good } = settled();
  const candidate = story.release({ ...CANDIDATE, judge: "groundedness-judge@1.5" }, { author: "priya" });
  const rolloutId = story.rollout(candidate, { controlId: good, startedAtMs: NOW_MS - HOUR_MS });
  story.traffic({ releaseId: good, fromMs: NOW_MS - HOUR_MS, toMs: NOW_MS, everyMs: 1_000 });
  story.traffic({
    releaseId: candidate,
    track: "canary",
    fromMs: NOW_MS - HOUR_MS,
    toMs: NOW_MS,
    everyMs: 9_000,
    regions: ["us-west", "us-east", "us-west"],
  });
  return { story, first, good, candidate, rolloutId };
}

export function preview(story: Story, given: { toReleaseId?: string; revision?: number } = {}, nowMs: number = NOW_MS) {
  const view = readRollbackPreview(story.deps(nowMs), { application: APP, ...given });
  expect(() => RollbackPreviewView.parse(view)).not.toThrow();
  return view;
}

export function progress(story: Story, incidentId: string, nowMs: number) {
  const view = readRollbackProgress(story.deps(nowMs), { incidentId });
  expect(() => RollbackProgressView.parse(view)).not.toThrow();
  return { ...view, step: (name: string) => view.steps.find((step) => step.name === name) };
}

/** Rolled back at `NOW_MS`; what the gateways do afterwards is up to each test. */
export function rolledBack() {
  const told = canary();
  const done = rollback(told.story.context(NOW_MS), { application: APP, reason: "us-west is off by a day" });
  return { ...told, incidentId: done.incidentId };
}
