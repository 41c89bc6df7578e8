/** The registry of components, where each is used and how that went, and finding releases by what is known of them. */
import { describe, expect, test } from "vitest";
import { registerComponent } from "@/server/control/register-component";
import { rollback } from "@/server/control/rollback";
import { readComponents, readComponentUsage } from "@/server/read/components";
import { readComponentNames, readComponentVersions } from "@/server/read/component-versions";
import {
  ComponentNamesView,
  ComponentsView,
  ComponentUsageView,
  ComponentVersionsView,
} from "@/server/read/components-view";
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
        settings: null,
        registry: null,
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
    const row = {
      application: APP,
      kind: "prompt",
      name: "deploy-answer",
      version: "2.8",
      registry: "mlflow",
      settings: null,
    };
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

const SHA_A = `sha256:${"a".repeat(64)}`;
const SHA_B = `sha256:${"b".repeat(64)}`;

describe("registering a component", () => {
  const prompt = { application: APP, kind: "prompt", reference: "deploy-answer@3.0" };

  test("once, with digest, address and settings; it is listed before any release uses it", () => {
    const { story } = told();
    const content = {
      digest: SHA_A,
      uri: "https://git.example.org/p/3.0",
      settings: { temperature: 0.2, tools: true },
    };
    const register = () => registerComponent(story.context(NOW_MS), { ...prompt, ...content });
    expect(register()).toEqual({ kind: "prompt", name: "deploy-answer", version: "3.0", created: true });
    expect(register()).toMatchObject({ created: false });
    // Less than is known contradicts nothing.
    expect(registerComponent(story.context(NOW_MS), prompt)).toMatchObject({ created: false });
    const listed = list(story, { kind: "prompt" }).items.find(({ version }) => version === "3.0");
    expect(listed).toMatchObject({ ...content, registry: "switchback", releases: 0, firstRegisteredAt: NOW_MS });
    // A release that pins the digest takes the row's place.
    story.release({ ...CANDIDATE, prompt: `deploy-answer@3.0#${SHA_A}` }, { atMs: NOW_MS });
    const now = list(story, { kind: "prompt" }).items.filter(({ version }) => version === "3.0");
    expect(now).toMatchObject([
      { reference: `deploy-answer@3.0#${SHA_A}`, digest: SHA_A, uri: content.uri, releases: 1 },
    ]);
  });

  test.each([
    [{ digest: SHA_B }, `with digest ${SHA_A}, not ${SHA_B}`],
    [{ settings: { temperature: 0.3 } }, `with settings {"temperature":0.2}, not {"temperature":0.3}`],
    [{ uri: "elsewhere" }, "without uri, not elsewhere"],
  ])("with other content under the same version is refused: %o", (other, words) => {
    const { story } = told();
    registerComponent(story.context(NOW_MS), { ...prompt, digest: SHA_A, settings: { temperature: 0.2 } });
    const attempt = () => registerComponent(story.context(NOW_MS), { ...prompt, ...other });
    expect(attempt).toThrow(words);
    expect(attempt).toThrow("raise it");
    expect(attempt).toThrow(expect.objectContaining({ code: "conflict" }));
  });

  test("with another digest than a release carries is refused", () => {
    const { story } = told();
    const releaseId = story.release({ ...CANDIDATE, prompt: `deploy-answer@3.0#${SHA_A}` }, { atMs: NOW_MS });
    expect(() => registerComponent(story.context(NOW_MS), { ...prompt, digest: SHA_B })).toThrow(
      `release ${releaseId} carries prompt deploy-answer@3.0#${SHA_A}, not ${SHA_B}`,
    );
  });

  test.each([
    [{ kind: "tool_schema/search" }, "without a slot"],
    [{ reference: "deploy-answer" }, "name@version"],
    [{ reference: `deploy-answer@3#${SHA_A}` }, "digest"],
    [{ digest: "sha256:1" }, "64 lower-case hex digits"],
  ])("names what is wrong: %o", (wrong, words) => {
    const { story } = told();
    expect(() => registerComponent(story.context(NOW_MS), { ...prompt, ...wrong })).toThrow(words);
  });
});

describe("one component", () => {
  test("its versions, newest first, and how the releases with each did", () => {
    const { story } = told();
    registerComponent(story.context(NOW_MS), { application: APP, kind: "prompt", reference: "deploy-answer@3.0" });
    rollback(story.context(NOW_MS), { application: APP, reason: "us-west is off by a day" });
    const view = readComponentVersions(story.deps(NOW_MS), { application: APP, kind: "prompt", name: "deploy-answer" });
    ComponentVersionsView.parse(view);
    expect(view.sentence).toBe(
      "prompt deploy-answer has 3 versions: deploy-answer@2.8 serves now; rolled back: 1 release with deploy-answer@2.8.",
    );
    const none = { serving: 0, inFlight: 0, promoted: 0, rolledBack: 0, rejected: 0, unused: 0 };
    expect(view.versions).toMatchObject([
      { version: "3.0", releases: 0, outcomes: none, registry: "switchback" },
      { version: "2.8", releases: 2, outcomes: { ...none, serving: 1, rolledBack: 1 }, registry: null },
      { version: "2.7", releases: 1 },
    ]);
  });

  test("is found whatever its slots; an unknown one is an error that names it", () => {
    const { story } = told();
    const versions = (name: string) => () =>
      readComponentVersions(story.deps(), { application: APP, kind: "tool_schema", name });
    expect(versions("search")().versions).toMatchObject([{ version: "3", releases: 1 }]);
    expect(versions("searc")).toThrow("there is no component of deploy-assistant tool_schema searc");
  });

  test("all of them by kind and name, with what serves now", () => {
    const { story } = told();
    const view = readComponentNames(story.deps(), { application: APP });
    ComponentNamesView.parse(view);
    expect(view.items.find(({ name }) => name === "deploy-answer")).toEqual({
      kind: "prompt",
      name: "deploy-answer",
      versions: 2,
      newest: { version: "2.8", at: NOW_MS - 80 * HOUR_MS },
      serving: [{ alias: "production", version: "2.8" }],
    });
    expect(view.items.map(({ kind, name }) => `${kind} ${name}`)).toContain("tool_schema search");
    expect(readComponentNames(story.deps(), { application: "other" }).items).toEqual([]);
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
        incidents: [{ status: "mitigated" }],
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
