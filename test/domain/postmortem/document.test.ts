/** A postmortem as text: what is generated, what people keep, what is drawn, what is exported. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { isOverdue } from "@/server/domain/postmortem/action";
import { chartCsv, FrozenChart } from "@/server/domain/postmortem/chart";
import { chartSvg } from "@/server/domain/postmortem/chart-svg";
import { Citation, citedIds, auditCitation, windowCitation } from "@/server/domain/postmortem/citation";
import { draftPostmortem } from "@/server/domain/postmortem/draft";
import type { PostmortemExport } from "@/server/domain/postmortem/export";
import { exportHtml } from "@/server/domain/postmortem/export-html";
import { exportMarkdown } from "@/server/domain/postmortem/export-markdown";
import type { PostmortemFacts } from "@/server/domain/postmortem/facts";
import { lineStates } from "@/server/domain/postmortem/line-states";
import { refreshed } from "@/server/domain/postmortem/refresh";
import { SECTION_IDS, type SectionText } from "@/server/domain/postmortem/sections";
import { missingForPublication, nextPostmortemStatuses } from "@/server/domain/postmortem/status";

const T0 = Date.UTC(2026, 3, 12, 3, 40);
const cite = auditCitation(
  { seq: 12, action: "incident.opened", atMs: T0, by: "an on-call engineer" },
  "/p/a/audit/12",
);

/** An incident of which nothing is known but that somebody opened it. */
const BARE: PostmortemFacts = {
  incident: {
    id: "inc_1",
    application: "a",
    title: "wrong dates",
    severity: "major",
    status: "open",
    sentence: "wrong dates; open.",
    cites: [cite],
  },
  clocks: [
    { name: "started", atMs: null, how: "nobody knows", cites: [cite] },
    { name: "detected", atMs: T0, how: "somebody opened the incident", cites: [cite] },
  ],
  releaseId: null,
  move: null,
  exposure: null,
  breaches: [],
  decision: null,
  impact: null,
  changes: null,
  parity: [],
  overrides: [],
  gates: [],
  blame: null,
  drift: [],
  examples: [],
  traffic: null,
  timeline: [{ atMs: T0, kind: "opened", who: "an on-call engineer", text: "wrong dates", cites: [cite] }],
};

describe("a draft", () => {
  it("says nothing that the record does not", () => {
    const { sections, citations } = draftPostmortem(BARE);
    const text = Object.fromEntries(sections.map(({ id, markdown }) => [id, markdown]));
    expect(text).toMatchObject({
      summary: "- Wrong dates; open.[^a12]",
      impact: "",
      cause: "",
      changes: "",
      decision: "",
      limits: "",
      luck: "",
      surprise: "",
      detection: "",
    });
    expect(text["clocks"]).toContain("| started | not yet known | — | nobody knows | [^a12] |");
    expect(citations).toEqual([cite]);
  });

  it("cannot be broken by what people wrote", () => {
    const title = "a | b\n# c <script> [x](javascript:alert(1)) *d* _e_ `f` [^a99]";
    const facts = { ...BARE, timeline: [{ ...BARE.timeline[0], text: title }] } as PostmortemFacts;
    const [timeline] = draftPostmortem(facts).sections.filter(({ id }) => id === "timeline");
    expect(timeline?.markdown.split("\n")).toHaveLength(3);
    expect(citedIds(timeline?.markdown ?? "")).toEqual(["a12"]);
    const page = exportHtml({ ...DOCUMENT, sections: timeline === undefined ? [] : [timeline] });
    expect(page).not.toContain("<script>");
    expect(page).toContain("a | b # c &lt;script&gt; [x](javascript:alert(1)) *d* _e_ `f` [^a99]");
  });
});

test("the same window has one id, and another value of it the same", () => {
  const window = { metric: "error_rate", releaseId: "r", fromMs: T0, toMs: T0 + 60_000 };
  const id = (over: object, value: number): string =>
    windowCitation({ ...window, ...over, sample: { count: 9, value, lower: 0, upper: 1 } }, "/x").id;
  expect(id({}, 0.1)).toBe(id({}, 0.2));
  expect(id({ segment: "region=eu" }, 0.1)).not.toBe(id({}, 0.1));
  expect(Citation.safeParse(cite).success).toBe(true);
});

const Text = fc.string({ maxLength: 40 });
const Sections = fc.record(Object.fromEntries(SECTION_IDS.map((id) => [id, Text])));
const asSections = (texts: Record<string, string>): SectionText[] =>
  SECTION_IDS.map((id) => ({ id, markdown: texts[id] ?? "" }));

test("what a person wrote is never replaced, whatever the record says later", () => {
  fc.assert(
    fc.property(Sections, Sections, Sections, fc.boolean(), (own, then, now, frozen) => {
      const saved = { sections: asSections(own), generated: asSections(then) };
      for (const section of refreshed(saved, { draft: asSections(now), frozen })) {
        const [mine, was, is] = [own[section.id], then[section.id], now[section.id]];
        const expected = mine === was && !frozen ? is : mine;
        expect(section.markdown).toBe(expected);
        expect(section.newer).toBe(mine === was || is === was ? null : is);
      }
    }),
  );
});

test("lines tell whose they are and whether they rest on anything", () => {
  const generated = "- It broke.[^a1]\n- It was mended.[^a2]";
  const markdown =
    "### Mine\n\n- It broke.[^a1]\n- The cache was cold.[^a1]\n- I think so.\n- See [^a77].\n| a | b |\n| - | - |";
  const states = lineStates(markdown, { generated, known: new Set(["a1", "a2"]) });
  expect(states.map(({ state }) => state)).toEqual([
    "structure",
    "structure",
    "generated",
    "edited",
    "no_evidence",
    "no_evidence",
    "structure",
    "structure",
  ]);
  expect(states.map(({ text }) => text).join("\n")).toBe(markdown);
});

describe("publication", () => {
  it("is reached through review, and can be taken up again", () => {
    expect(nextPostmortemStatuses("draft")).toEqual(["in_review"]);
    expect(nextPostmortemStatuses("in_review")).toEqual(["draft", "published"]);
    expect(nextPostmortemStatuses("published")).toEqual(["draft"]);
  });

  it("waits for open actions alone", () => {
    const action = { text: "watch", owner: null, dueOn: null, status: "open" } as const;
    expect(missingForPublication([action])).toEqual(['the action "watch" needs an owner and a due date']);
    expect(missingForPublication([{ ...action, owner: "mira" }])).toEqual(['the action "watch" needs a due date']);
    expect(
      missingForPublication([
        { ...action, status: "done" },
        { ...action, status: "dropped" },
      ]),
    ).toEqual([]);
  });

  it.each([
    ["2026-05-02T11:59:59.999Z", false],
    ["2026-05-02T12:00:00.000Z", true],
  ])("an action due on 1 May is overdue at %s: %s", (at, expected) => {
    expect(isOverdue({ status: "open", dueOn: "2026-05-01" }, Date.parse(at))).toBe(expected);
    expect(isOverdue({ status: "done", dueOn: "2026-05-01" }, Date.parse(at))).toBe(false);
  });
});

const sample = (value: number | null) => ({ count: 9, value, lower: value, upper: value });
const CHART: FrozenChart = {
  title: "error rate in region=<eu>",
  metric: "error_rate",
  segment: "region=<eu>",
  candidateId: "aaaaaaaaaa",
  controlId: "bbbbbbbbbb",
  fromMs: T0,
  toMs: T0 + 40_000,
  stepMs: 10_000,
  limit: { value: 0.02, words: "max 2 %" },
  bad: { fromMs: T0 + 10_000, toMs: T0 + 30_000 },
  marks: [{ atMs: T0 + 10_000, label: "started" }],
  steps: [
    { atMs: T0, candidate: sample(0.01), control: sample(0.01) },
    { atMs: T0 + 10_000, candidate: sample(0.5), control: null },
    { atMs: T0 + 30_000, candidate: null, control: sample(0.02) },
  ],
};

describe("a frozen chart", () => {
  it("keeps its numbers", () => {
    expect(FrozenChart.parse(JSON.parse(JSON.stringify(CHART)))).toEqual(CHART);
    expect(chartCsv(CHART).split("\n").slice(2)).toEqual([
      "2026-04-12T03:40:00.000Z,0.01,0.01,0.01,9,0.01,0.01,0.01,9",
      "2026-04-12T03:40:10.000Z,0.5,0.5,0.5,9,,,,",
      "2026-04-12T03:40:30.000Z,,,,,0.02,0.02,0.02,9",
    ]);
  });

  it("is drawn with its title for those who do not see it, and with a gap where data are missing", () => {
    const svg = chartSvg(CHART, "c");
    expect(svg).toContain('<title id="c-t">error rate in region=&lt;eu&gt;</title>');
    // Two steps of the control with 30 s between them are two lines.
    expect(svg).toMatch(/<path d="M[\d. ]+M[\d. ]+" fill="none" stroke="#2b5fa8"/);
    expect(svg).not.toContain("NaN");
  });

  it("is drawn of anything", () => {
    const Value = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(Value, Value), { maxLength: 8 }), (values) => {
        const steps = values.map(([a, b], index) => ({
          atMs: T0 + index * 10_000,
          candidate: sample(a),
          control: b === null ? null : sample(b),
        }));
        expect(chartSvg({ ...CHART, steps, limit: null }, "c")).not.toMatch(/NaN|Infinity/);
      }),
    );
  });
});

const DOCUMENT: PostmortemExport = {
  incidentId: "inc_1",
  application: "a",
  title: "wrong <dates>",
  severity: "major",
  incidentStatus: "resolved",
  status: "published",
  version: 3,
  atMs: T0,
  baseUrl: "https://switchback.example",
  sections: [{ id: "summary", markdown: "It broke.[^a12] And [^a99]." }],
  citations: [cite],
  charts: [CHART],
  actions: [
    {
      text: "watch | it",
      type: "detect",
      owner: "mira",
      dueOn: "2026-05-01",
      status: "open",
      link: "https://t.example/1?a=(b)",
    },
  ],
};

describe("an export", () => {
  it("is whole as Markdown", () => {
    const text = exportMarkdown(DOCUMENT);
    expect(text).toContain(String.raw`# Postmortem: wrong \<dates\>`);
    expect(text).toContain("published, version 3");
    expect(text).toContain(
      String.raw`| detect | [watch \| it](<https://t.example/1?a=(b)>) | mira | 2026-05-01 | open |`,
    );
    expect(text).toContain(
      "[^a12]: audit entry 12: incident.opened by an on-call engineer at 2026-04-12T03:40:00.000Z (<https://switchback.example/p/a/audit/12>)",
    );
  });

  it("says of a reference to nothing that it is none", () => {
    const page = exportHtml(DOCUMENT);
    expect(page).toContain('<a href="#c-a12" title="audit entry 12');
    expect(page).toContain("[no evidence: a99]");
    expect(page).toContain('<a href="https://t.example/1?a=(b)" rel="noreferrer">watch | it</a>');
    expect(page).toContain("<title>Postmortem: wrong &lt;dates&gt;</title>");
  });
});
