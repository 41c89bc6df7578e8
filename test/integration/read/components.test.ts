/** The registry of components, where each is used and how that went, and finding releases by what is known of them. */
import { describe, expect, test } from "vitest";
import { rollback } from "@/server/control/rollback";
import { readComponents, readComponentUsage } from "@/server/read/components";
import { ComponentsView, ComponentUsageView } from "@/server/read/components-view";
import { listReleaseItems } from "@/server/read/release-list";
import { addKnownComponent } from "@/server/store/control/components";
import { withTransaction } from "@/server/store/control/database";
import { APP, CANDIDATE, FIRST, GOOD, HOUR_MS, NOW_MS, Story } from "./story";

function told() {
  const story = new Story();
  story.application();
  story.policy();
  const first = story.release(FIRST, {
    atMs: NOW_MS - 90 * HOUR_MS,
    author: "Mira <mira@example.org>",
    commit: "4f2c9a1d",
  });
  const good = story.release(GOOD, { atMs: NOW_MS - 80 * HOUR_MS, author: "jonas", title: "Shorter answers" });
  const slotted = { "tool_schema/search": "search@3", "tool_schema/100%": "odd@1_0" };
  const candidate = story.release({ ...CANDIDATE, ...slotted }, { atMs: NOW_MS - 2 * HOUR_MS, commit: "aa11bb22" });
  story.move(first, { atMs: NOW_MS - 89 * HOUR_MS });
  story.move(good, { atMs: NOW_MS - 79 * HOUR_MS });
  const rolloutId = story.rollout(candidate, { controlId: good, startedAtMs: NOW_MS - HOUR_MS });
  return { story, first, good, candidate, rolloutId };
}

function list(story: Story, filter: { kind?: string; name?: string; cursor?: string; limit?: number } = {}) {
  const view = readComponents(story.deps(), { application: APP, limit: 50, ...filter });
  ComponentsView.parse(view);
  return view;
}

describe("components", () => {
  test("every version once, with how often and since when it is used", () => {
    const { story } = told();
    expect(list(story, { kind: "prompt" }).items).toEqual([
      {
        application: APP,
        kind: "prompt",
        reference: "deploy-answer@2.7",
        name: "deploy-answer",
        version: "2.7",
        digest: null,
        uri: null,
        releases: 1,
        firstRegisteredAt: NOW_MS - 90 * HOUR_MS,
        lastRegisteredAt: NOW_MS - 90 * HOUR_MS,
      },
      expect.objectContaining({
        reference: "deploy-answer@2.8",
        releases: 2,
        firstRegisteredAt: NOW_MS - 80 * HOUR_MS,
        lastRegisteredAt: NOW_MS - 2 * HOUR_MS,
      }),
    ]);
  });

  test("with where a registry keeps it, once one was seen to hold it", () => {
    const { story } = told();
    const row = { application: APP, kind: "prompt", name: "deploy-answer", version: "2.8", registry: "mlflow" };
    const seen = { digest: `sha256:${"a".repeat(64)}`, uri: "prompts:/deploy-answer/2.8", seenAtMs: NOW_MS };
    withTransaction(story.control, (tx) => addKnownComponent(tx, { ...row, ...seen }));
    const known = list(story, { kind: "prompt" }).items.map(({ digest, uri }) => ({ digest, uri }));
    expect(known).toEqual([
      { digest: null, uri: null },
      { digest: seen.digest, uri: seen.uri },
    ]);
  });

  test.each([
    { filter: { name: "releases" }, found: ["releases@4", "releases@5"] },
    { filter: { name: "release" }, found: [] },
    { filter: { kind: "tool_schema" }, found: ["odd@1_0", "search@3"] },
    { filter: { kind: "tool_schema/search" }, found: ["search@3"] },
    { filter: { name: "%" }, found: [] },
    { filter: { kind: "tool" }, found: [] },
  ])("$filter finds $found", ({ filter, found }) => {
    expect(list(told().story, filter).items.map(({ reference }) => reference)).toEqual(found);
  });

  test("page by page, none missed and none twice", () => {
    const { story } = told();
    const whole = list(story).items;
    const walked: typeof whole = [];
    let cursor: string | undefined;
    do {
      const page = list(story, { limit: 3, ...(cursor === undefined ? {} : { cursor }) });
      walked.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(walked).toEqual(whole);
  });
});

describe("usage of a component", () => {
  test("which releases, since when, and how they did", () => {
    const { story, good, candidate, rolloutId } = told();
    rollback(story.context(NOW_MS), { application: APP, reason: "us-west is off by a day" });
    const usage = readComponentUsage(story.deps(NOW_MS), { reference: "deploy-answer@2.8" });
    ComponentUsageView.parse(usage);
    expect(usage.sentence).toBe(
      `deploy-answer@2.8 is in 2 releases: 1 serving now, 1 rolled back, first registered as part of ${good}.`,
    );
    expect(usage.items).toMatchObject([
      {
        release: { releaseId: candidate },
        since: NOW_MS - 2 * HOUR_MS,
        state: "rolled_back",
        firstServedAt: null,
        rollouts: [{ id: rolloutId, state: "rolled_back" }],
        bad: "us-west is off by a day",
      },
      { release: { releaseId: good }, state: "serving", aliases: ["production"], firstServedAt: NOW_MS - 79 * HOUR_MS },
    ]);
  });

  test("of one that no release contains is an error that names it", () => {
    const { story } = told();
    const usage = (given: { reference: string; kind?: string }) => () => readComponentUsage(story.deps(), given);
    expect(usage({ reference: "deploy-answer@9" })).toThrow("there is no release that contains deploy-answer@9");
    expect(usage({ reference: "deploy-answer@2.8", kind: "model" })).toThrow("there is no release that contains");
  });
});

test.each([
  { search: "4f2c", found: ["first"], why: "the start of a commit" },
  { search: "2c9a", found: [], why: "not its middle" },
  { search: "MIRA@example", found: ["first"], why: "part of an author, in any case" },
  { search: "title=shorter", found: ["good"], why: "a label with its key" },
  { search: "releases@5", found: ["candidate"], why: "a component" },
  { search: "deploy-answer@2.8", found: ["candidate", "good"], why: "a component of several, newest first" },
  { search: "%", found: [], why: "no wildcard" },
])("releases are found by $why: $search", ({ search, found }) => {
  const { story, ...ids } = told();
  const items = listReleaseItems(story.deps(), { application: APP, limit: 50, search }).items;
  const names = new Map<string, string>(Object.entries(ids).map(([name, id]) => [id, name]));
  expect(items.map(({ release }) => names.get(release.releaseId))).toEqual(found);
});

test("a release is found by the start of its id, with what changed since the one before", () => {
  const { story, candidate } = told();
  const [item] = listReleaseItems(story.deps(), { application: APP, limit: 50, search: candidate.slice(0, 5) }).items;
  expect(item?.changes.map(({ kind }) => kind)).toContain("feature_view");
});
