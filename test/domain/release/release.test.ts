import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ComponentsInput, DigestsInput, componentMap, parseReference } from "@/server/domain/release/component-map";
import { describeChange, diffComponents } from "@/server/domain/release/manifest-diff";
import { releaseDigest, releaseId } from "@/server/domain/release/release-id";
import { DomainError } from "@/server/domain/errors";
import { issuesOf } from "@/server/domain/input";
import { thrownBy } from "@/test/domain/thrown-by";
import examples from "@/test/fixtures/worked-examples.json";

const sha = (digit: string): string => `sha256:${digit.repeat(64)}`;
const componentMaps = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 12, unit: "binary" }).filter((kind) => kind !== "__proto__"),
  fc.string({ maxLength: 12, unit: "binary" }),
  { minKeys: 1, maxKeys: 12 },
);

describe("release id", () => {
  it.each(examples.releaseId.cases)("gives $output", ({ input, output }) => {
    expect(releaseId(input as Record<string, string>)).toBe(output);
  });

  it("ignores the order of the keys", () => {
    fc.assert(
      fc.property(componentMaps, fc.infiniteStream(fc.nat()), (map, ranks) => {
        const shuffled = Object.entries(map)
          .map((entry) => ({ entry, rank: ranks.next().value as number }))
          .toSorted((a, b) => a.rank - b.rank)
          .map(({ entry }) => entry);
        expect(releaseDigest(Object.fromEntries(shuffled))).toBe(releaseDigest(map));
      }),
    );
  });

  it("changes with any one reference", () => {
    fc.assert(
      fc.property(componentMaps, fc.nat(), (map, pick) => {
        const kinds = Object.keys(map);
        const kind = kinds[pick % kinds.length] ?? "";
        expect(releaseDigest({ ...map, [kind]: `${map[kind]}x` })).not.toBe(releaseDigest(map));
      }),
    );
  });
});

describe("component map", () => {
  it("pins a component by its digest", () => {
    const map = componentMap({ prompt: "deploy@2.4.1", model: "base@1" }, { prompt: sha("a") });
    expect(map).toEqual({ prompt: `deploy@2.4.1#${sha("a")}`, model: "base@1" });
  });

  it.each([
    ["an unknown kind", { model: "base@1" }, { prompt: sha("a") }, "/digests/prompt"],
    ["a second digest", { "tool/a": `x@1#${sha("a")}` }, { "tool/a": sha("b") }, "/digests/tool~1a"],
    ["an inherited name", { model: "base@1" }, { toString: sha("a") }, "/digests/toString"],
  ])("refuses a digest of %s", (_, components, digests, pointer) => {
    const refusal = thrownBy(() => componentMap(components as Record<string, string>, digests));
    expect(refusal).toBeInstanceOf(DomainError);
    expect((refusal as DomainError).issues.map((issue) => issue.pointer)).toEqual([pointer]);
  });

  it.each([
    ["support@2.8", { name: "support", version: "2.8" }],
    ["@acme/embed@2", { name: "@acme/embed", version: "2" }],
    [`deploy@2#${sha("a")}`, { name: "deploy", version: "2", digest: sha("a") }],
    ["a@1#sha256:short", { name: "a", version: "1#sha256:short" }],
    ["nothing", undefined],
    ["@1", undefined],
    ["name@", undefined],
    [" @ ", undefined],
  ])("reads the reference %s", (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  it.each([
    ["no component", {}, ""],
    ["a reference without version", { prompt: "support" }, "/prompt"],
    ["a reference that is no text", { prompt: 4 }, "/prompt"],
    ["an empty kind", { "": "a@1" }, "/"],
    ["a long kind", { ["k".repeat(129)]: "a@1" }, `/${"k".repeat(129)}`],
    ["a long reference", { prompt: `a@${"1".repeat(511)}` }, "/prompt"],
    ["__proto__", JSON.parse('{"__proto__":"a@1","prompt":"p@1"}') as unknown, "/__proto__"],
    ["65 components", Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, "a@1"])), ""],
  ])("refuses %s", (_, input, pointer) => {
    const result = ComponentsInput.safeParse(input);
    expect(result.success ? [] : issuesOf(result.error).map((issue) => issue.pointer)).toEqual([pointer]);
  });

  it("takes 64 components and any text in them", () => {
    const input = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`tool/${i}`, 'süd "x"\n@1']));
    expect(ComponentsInput.parse(input)).toEqual(input);
  });

  it("refuses a digest that is not one", () => {
    expect(DigestsInput.safeParse({ prompt: "sha256:abc" }).success).toBe(false);
    expect(DigestsInput.safeParse({ prompt: sha("A") }).success).toBe(false);
    expect(DigestsInput.safeParse({ prompt: sha("a") }).success).toBe(true);
  });
});

describe("manifest diff", () => {
  const from = { prompt: "support@2.8", feature_view: "releases@4", judge: "tone@1", model: `m@1#${sha("a")}` };
  const to = { prompt: "support@2.8", feature_view: "releases@5", guardrail: "pii@2", model: `m@1#${sha("b")}` };

  it("puts every kind in one list, in words", () => {
    const diff = diffComponents(from, to);
    expect(diff).toEqual({
      added: [{ kind: "guardrail", to: "pii@2" }],
      removed: [{ kind: "judge", from: "tone@1" }],
      changed: [
        { kind: "feature_view", from: "releases@4", to: "releases@5" },
        { kind: "model", from: `m@1#${sha("a")}`, to: `m@1#${sha("b")}` },
      ],
      unchanged: [{ kind: "prompt", value: "support@2.8" }],
    });
    expect([...diff.changed, ...diff.added, ...diff.removed].map(describeChange)).toEqual([
      "feature_view releases@4 → releases@5",
      "model m@1#aaaaaaaa → m@1#bbbbbbbb",
      "guardrail pii@2 added",
      "judge tone@1 removed",
    ]);
  });

  it("is the mirror image the other way round", () => {
    fc.assert(
      fc.property(componentMaps, componentMaps, (a, b) => {
        const forth = diffComponents(a, b);
        const back = diffComponents(b, a);
        expect(forth.added.map((c) => c.kind)).toEqual(back.removed.map((c) => c.kind));
        expect(forth.changed.map((c) => [c.from, c.to])).toEqual(back.changed.map((c) => [c.to, c.from]));
        expect(forth.unchanged).toEqual(back.unchanged);
      }),
    );
  });
});
