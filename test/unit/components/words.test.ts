import { describe, expect, it } from "vitest";
import { changeWords, targetWords } from "@/components/audit/audit-table";
import { isOfRouter, routersOf } from "@/components/data/topics";
import { topicsOf } from "@/components/data/event-channel";
import { isUnauthenticated } from "@/components/data/sign-in";
import { clockWords } from "@/components/incidents/incident-clocks";
import { filterOf, searchOf } from "@/components/requests/request-search";
import { heldRows } from "@/components/data/waiting-rows";
import { manifestRows } from "@/components/requests/trace-manifest";
import { leadsTo } from "@/components/approvals/approvals-screen";
import type { WaitingRollout } from "@/components/data/outputs";
import { chosenVersion, outcomeWords } from "@/components/components/component-screen";
import { wantedOf } from "@/components/components/components-screen";
import { browserWords } from "@/components/settings/browser-words";
import { releasesInput } from "@/components/releases/release-parsers";
import { isOfView } from "@/components/releases/releases-screen";
import { sampleReleases } from "@/components/gallery/sample-releases";
import { stepTitle } from "@/components/rollouts/state-rail";
import { parseMoment, resolveText } from "@/components/shell/resolve-text";
import { keyOf, matchKeys, type Shortcut } from "@/components/shell/shortcuts";
import { freshnessAt } from "@/components/ui/freshness";
import { sortedRows, type Column } from "@/components/ui/table";
import { splitSentences } from "@/components/ui/sentence";
import { changeText } from "@/components/vocabulary/release";
import { displayUnit, startsAtZero } from "@/components/vocabulary/metric-display";
import { isWorseHigh, unitOfMetric } from "@/components/vocabulary/metrics";

const NOW = Date.parse("2026-04-12T04:02:10.000Z");

describe("a pasted text", () => {
  const where = (text: string): string | undefined => resolveText(text, { application: "app", nowMs: NOW })[0]?.href;

  it.each([
    ["a0e277e29c", "/p/app/releases/a0e277e29c"],
    ["rol_01JRNQ3V9GZ4M6T2W8X5Y7B1CD", "/p/app/rollouts/rol_01JRNQ3V9GZ4M6T2W8X5Y7B1CD"],
    ["inc_01JRNS0000000000000000000A", "/p/app/incidents/inc_01JRNS0000000000000000000A"],
    ["4bf92f3577b34da6a3ce929d0e0e4736", "/p/app/requests?traceId=4bf92f3577b34da6a3ce929d0e0e4736"],
    ["req/7 f", undefined],
    ["req-7f", "/p/app/requests/req-7f"],
    ["prompt deploy@2.4.1", "/p/app/components/prompt/deploy?version=2.4.1"],
    ["tool_schema/search @acme/find@3", "/p/app/components/tool_schema/%40acme%2Ffind?version=3"],
    ["deploy@2.4.1", "/p/app/components?q=deploy%402.4.1"],
    ["  ", undefined],
  ])("%s leads to %s", (text, href) => {
    expect(where(text)).toBe(href);
  });

  it("finds the requests around a time, on today's UTC day without a date", () => {
    expect(where("03:50")).toBe("/p/app/requests?from=2026-04-12T03%3A45%3A00.000Z&to=2026-04-12T03%3A55%3A00.000Z");
  });

  it.each([
    ["2026-04-12T03:52:04Z", "2026-04-12T03:52:04.000Z"],
    ["2026-04-12T05:52:04+02:00", "2026-04-12T03:52:04.000Z"],
    ["2026-04-12 03:52 UTC", "2026-04-12T03:52:00.000Z"],
    ["3:05", "2026-04-12T03:05:00.000Z"],
    ["11 Apr 23:50", "2026-04-11T23:50:00.000Z"],
    ["3 Dec 03:50:07", "2025-12-03T03:50:07.000Z"],
  ])("reads %s as %s", (text, iso) => {
    expect(new Date(parseMoment(text, NOW) ?? 0).toISOString()).toBe(iso);
  });

  it.each(["25:70", "2026-13-01T00:00Z", "noon", "12"])("does not read %s as a time", (text) => {
    expect(parseMoment(text, NOW)).toBeUndefined();
  });
});

describe("keys", () => {
  const shortcut = (keys: string): Shortcut => ({ keys, title: keys, run: () => undefined });
  const list = [shortcut("g o"), shortcut("t"), shortcut("Shift+R")];
  const plain = { shiftKey: false, ctrlKey: false, metaKey: false, altKey: false };

  it("waits for the second key of a sequence and forgets a wrong one", () => {
    expect(matchKeys(list, "", "g")).toEqual({ pending: "g" });
    expect(matchKeys(list, "g", "o").run?.keys).toBe("g o");
    expect(matchKeys(list, "g", "x")).toEqual({ pending: "" });
    expect(matchKeys(list, "g", "t").run?.keys).toBe("t");
  });

  it.each([
    [{ ...plain, key: "r", shiftKey: true }, "Shift+R"],
    [{ ...plain, key: "?", shiftKey: true }, "?"],
    [{ ...plain, key: "k", metaKey: true }, undefined],
    [{ ...plain, key: "Enter" }, undefined],
  ])("%o is %s", (event, key) => {
    expect(keyOf(event)).toBe(key);
  });
});

describe("what is old", () => {
  it("follows from the topics of an event", () => {
    const routers = routersOf(["rollouts", "unheard of"]);
    expect(isOfRouter([["compare", "get"], { input: {} }], routers)).toBe(true);
    expect(isOfRouter([["audit", "list"], {}, "pages"], routers)).toBe(false);
  });

  it.each([
    ['{"topics":["audit","overview"]}', ["audit", "overview"]],
    ['{"topics":[1,"audit"]}', ["audit"]],
    ["not json", []],
    ["null", []],
  ])("%s names %j", (data, topics) => {
    expect(topicsOf(data)).toEqual(topics);
  });

  it("is an answer nobody has renewed for a minute, whatever it said", () => {
    const value = { state: "fresh", dataTo: null, asOf: new Date(NOW).toISOString() } as const;
    expect(freshnessAt(value, NOW + 60_000)).toBe("fresh");
    expect(freshnessAt(value, NOW + 60_001)).toBe("unreachable");
  });
});

describe("words", () => {
  it.each([
    [{ kind: "feature_view", from: "releases@4", to: "releases@5" }, "feature_view releases@4 → 5"],
    [{ kind: "model", from: "a@1", to: "b@1" }, "model a@1 → b@1"],
    [{ kind: "judge", from: null, to: "j@1" }, "judge added j@1"],
    [{ kind: "judge", from: "j@1", to: null }, "judge removed j@1"],
  ])("%o is %s", (change, text) => {
    expect(changeText(change)).toBe(text);
  });

  it("names the members that differ, and no others", () => {
    expect(changeWords({ a: 1, b: "x" }, { a: 1, b: "y", c: true })).toBe("b x → y, c true");
    expect(changeWords({ p: { alpha: 0.01, n: { x: 1 } } }, { p: { alpha: 0.05, n: { x: 1 } } })).toBe(
      "p.alpha 0.01 → 0.05",
    );
    expect(changeWords({ list: ["a"] }, { list: ["a", "b"], p: null })).toBe('list ["a"] → ["a","b"], p null');
    expect(changeWords({ p: { a: 1 } }, {})).toBe("p.a 1 → none");
    expect(changeWords(undefined, undefined)).toBe("");
  });

  it("leaves an application's own prefix out of its audit targets", () => {
    expect(targetWords("application/app/alias/production", "app")).toBe("alias/production");
    expect(targetWords("application/other/alias/production", "app")).toBe("application/other/alias/production");
    expect(targetWords("application/app/rollout/rol_01M8660G2QKN3PNFR9WSZ3SF0T", "app")).toBe("rollout/rol_01M866…");
  });

  it("splits sentences at their ends, not at numbers", () => {
    expect(splitSentences("p95 is 0.57 below 0.91. It did not complete. Why?")).toEqual({
      first: "p95 is 0.57 below 0.91.",
      rest: "It did not complete. Why?",
    });
  });

  it("says how long lay between an incident's clocks", () => {
    const at = (minutes: number): string => new Date(NOW + minutes * 60_000).toISOString();
    const clocks = { startedAt: at(0), detectedAt: at(14), mitigatedAt: at(15), resolvedAt: null };
    expect(clockWords(clocks).replaceAll("\u00a0", " ")).toBe("detected after 14 min, mitigated after 1 min");
    const atOnce = { ...clocks, startedAt: null, mitigatedAt: clocks.detectedAt };
    expect(clockWords(atOnce)).toBe("mitigated at once");
    expect(clockWords({ ...clocks, startedAt: null, mitigatedAt: null })).toBe("—");
  });

  it("titles a step by what it does", () => {
    const step = {
      index: 0,
      kind: "canary",
      percentage: 2.5,
      holdback: 0,
      minDurationMs: 0,
      minRequests: 0,
      approvals: 0,
      state: "current",
      startedAt: null,
    } as const;
    expect(stepTitle(step).replaceAll("\u00a0", " ")).toBe("Canary 2.5 %");
    expect(stepTitle({ ...step, kind: "approval", approvals: 2 })).toBe("Approval by 2");
  });
});

describe("filters", () => {
  it.each([
    ["region=us-west", { segment: "region=us-west" }],
    ["tenant_tier:enterprise", { segment: "tenant_tier=enterprise" }],
    ["track:canary", { track: "canary" }],
    ["status=broken", { status: null }],
    ["trace:4bf92f", { traceId: "4bf92f" }],
    ["03:50", undefined],
    ["just words", undefined],
  ])("%s narrows by %j", (text, filter) => {
    expect(filterOf(text)).toEqual(filter);
  });

  it("asks the server for releases only with what was typed", () => {
    expect(releasesInput("app", "  ")).toEqual({ application: "app", limit: 100 });
    expect(releasesInput("app", " deploy@2.4 ")).toMatchObject({ search: "deploy@2.4" });
  });

  it.each([
    ["prompt dep", { words: "prompt dep", version: undefined }],
    ["Prompt deploy@2.4.1", { words: "prompt deploy", version: "2.4.1" }],
    ["@acme/embed@2", { words: "@acme/embed", version: "2" }],
    ["", { words: "", version: undefined }],
  ])("components are looked for by kind and name, their version is kept: %s", (typed, wanted) => {
    expect(wantedOf(typed)).toEqual(wanted);
  });
});

describe("components", () => {
  const none = { serving: 0, inFlight: 0, promoted: 0, rolledBack: 0, rejected: 0, unused: 0 };
  const version = (reference: string, releases: number) => ({
    reference,
    version: reference.split("@")[1]?.split("#")[0] ?? "",
    digest: null,
    uri: null,
    settings: null,
    registry: null,
    firstRegisteredAt: "",
    lastRegisteredAt: "",
    releases,
    outcomes: none,
  });

  it("say how the releases with a version did, leaving out what did not happen", () => {
    expect(outcomeWords({ ...none, serving: 1, rolledBack: 2, unused: 1 })).toBe(
      "1 serving, 2 rolled back, 1 never rolled out",
    );
  });

  it("show the version that the address names, by its digest too, else the newest in use", () => {
    const versions = [version("p@3", 0), version("p@2#sha256:ab", 1), version("p@1", 4)];
    const chosen = (wanted: string | null) => chosenVersion(versions, wanted)?.reference;
    expect([chosen("1"), chosen("p@2#sha256:ab"), chosen(null), chosen("9")]).toEqual([
      "p@1",
      "p@2#sha256:ab",
      "p@2#sha256:ab",
      "p@2#sha256:ab",
    ]);
  });
});

describe("an approval", () => {
  const from = (percentage: number) => ({ rollout: { step: { percentage } } }) as WaitingRollout;
  it.each([
    [10, { state: "canary", percentage: 50 }, "10 % → 50 % (canary)"],
    [50, { state: "promoted", percentage: 100 }, "50 % → promoted"],
    [10, { state: "canary", percentage: 10 }, "goes on at 10 % (canary)"],
  ] as const)("says from %i % where it leads: %o", (percentage, next, words) => {
    expect(leadsTo({ ...from(percentage), next }).replaceAll("\u00a0", " ")).toBe(words);
  });
});

describe("a browser", () => {
  const chrome =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
  it.each([
    [chrome, "Chrome on Linux"],
    [`${chrome.replace("X11; Linux x86_64", "Windows NT 10.0; Win64; x64")} Edg/156.0`, "Edge on Windows"],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on macOS"],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1",
      "Safari on iOS",
    ],
    ["curl/8.5.0", "curl/8.5.0"],
    [null, "a browser that does not name itself"],
  ])("is named in two words: %s", (userAgent, words) => {
    expect(browserWords(userAgent)).toBe(words);
  });
});

describe("manifests and metrics", () => {
  it("shows changed components first, removed ones without a value", () => {
    const changes = [
      { kind: "prompt", from: "p@1", to: "p@2" },
      { kind: "judge", from: "j@1", to: null },
    ];
    expect(manifestRows({ model: "m@1", prompt: "p@2" }, changes).map((row) => [row.kind, row.value])).toEqual([
      ["judge", null],
      ["prompt", "p@2"],
      ["model", "m@1"],
    ]);
  });

  it("knows units, direction and axis of a metric by its name", () => {
    expect(unitOfMetric("p95_ttft_ms")).toBe("ms");
    expect(unitOfMetric("sum_cost_usd")).toBe("usd_total");
    expect(unitOfMetric("No metric")).toBe("");
    expect(displayUnit("mean_cost_usd", "usd")).toBe("usd");
    expect(isWorseHigh("error_rate")).toBe(true);
    expect(isWorseHigh("task_completion_rate")).toBe(false);
    expect(startsAtZero("ratio", true)).toBe(true);
    expect(startsAtZero("ratio", false)).toBe(false);
    expect(startsAtZero("usd", true)).toBe(true);
  });
});

describe("being signed out", () => {
  it("is found behind the error that wraps it, and nowhere else", () => {
    const refused = Object.assign(new Error("sign in"), { code: "UNAUTHORIZED" });
    expect(isUnauthenticated(new Error("wrapped", { cause: refused }))).toBe(true);
    expect(isUnauthenticated(new Error("database"))).toBe(false);
    expect(isUnauthenticated("UNAUTHORIZED")).toBe(false);
  });
});

describe("the search above the requests", () => {
  const facets = [
    { key: "releaseId", isSegment: false, values: [{ value: "a0e277e29c", count: 3 }] },
    { key: "status", isSegment: false, values: [{ value: "error", count: 1 }] },
    { key: "region", isSegment: true, values: [{ value: "us-west", count: 2 }] },
  ];
  const search = (text: string): unknown => searchOf(text, { application: "app", nowMs: NOW, facets });
  const around = { from: "2026-04-12T03:45:00.000Z", to: "2026-04-12T03:55:00.000Z" };

  it.each([
    ["12 Apr 03:50 us-west", { filter: { ...around, segment: "region=us-west" } }],
    ["us-west 03:50 error", { filter: { ...around, segment: "region=us-west", status: "error" } }],
    ["2026-04-12T03:50Z", { filter: around }],
    ["release:a0e277e29c track:canary", { filter: { releaseId: "a0e277e29c", track: "canary" } }],
    ["a0e277e29c", { filter: { releaseId: "a0e277e29c" } }],
    ["req-7f", { href: "/p/app/requests/req-7f" }],
  ])("%s", (text, found) => {
    expect(search(text)).toEqual(found);
  });

  it("says what it does not understand instead of searching for something else", () => {
    expect(search("nowhere 03:50")).toEqual({ problem: expect.stringContaining("“nowhere” is no value") });
  });
});

describe("rows that arrive while somebody reads", () => {
  const keyOf = (row: { id: string }): string => row.id;
  const rows = (...ids: string[]): { id: string; is?: string }[] => ids.map((id) => ({ id }));

  it("wait, and are counted", () => {
    expect(heldRows(rows("b", "a"), rows("d", "c", "b", "a"), keyOf)).toEqual({ rows: rows("b", "a"), waiting: 2 });
  });

  it("let older rows follow, and keep those that no longer come", () => {
    expect(heldRows(rows("c", "b"), rows("d", "c"), keyOf)).toEqual({ rows: rows("c", "b"), waiting: 1 });
    expect(heldRows(rows("c", "b"), rows("c", "b", "a"), keyOf)).toEqual({ rows: rows("c", "b", "a"), waiting: 0 });
  });

  it("do not keep a shown row from changing in its place", () => {
    const { rows: shown } = heldRows(rows("b", "a"), [{ id: "b", is: "new" }, { id: "a" }], keyOf);
    expect(shown).toEqual([{ id: "b", is: "new" }, { id: "a" }]);
  });

  it("all wait where none of the shown ones is left", () => {
    expect(heldRows(rows("a"), rows("c", "b"), keyOf)).toEqual({ rows: rows("a"), waiting: 2 });
    expect(heldRows([], rows("a"), keyOf)).toEqual({ rows: [], waiting: 0 });
  });
});

describe("lists", () => {
  it("sorts by a column, missing values last in either direction, and otherwise as given", () => {
    const columns: Column<number | null>[] = [
      { key: "value", header: "Value", cell: String, sortBy: (row) => row },
      { key: "word", header: "Word", cell: String },
    ];
    const rows = [2, null, 10, 1];
    expect(sortedRows(rows, columns, { key: "value", direction: "descending" })).toEqual([10, 2, 1, null]);
    expect(sortedRows(rows, columns, { key: "value", direction: "ascending" })).toEqual([1, 2, 10, null]);
    expect(sortedRows(rows, columns, { key: "word", direction: "ascending" })).toEqual(rows);
    expect(sortedRows(rows, columns, null)).toEqual(rows);
  });

  it("knows the releases of a view", () => {
    const [release] = sampleReleases;
    if (release === undefined) throw new Error("no sample");
    const mine = { ...release, release: { ...release.release, author: "Ana" }, state: "in_flight" as const };
    expect(isOfView(mine, null, undefined)).toBe(true);
    expect(isOfView(mine, "in_flight", undefined)).toBe(true);
    expect(isOfView(mine, "serving", undefined)).toBe(false);
    expect(isOfView(mine, "mine", { name: "Ana" })).toBe(true);
    expect(isOfView(mine, "mine", { name: "Bo" })).toBe(false);
  });
});
