/** Feature views out of a registry that a real Feast wrote. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { feastViews } from "@/server/integrations/feast/feast-views";
import dump from "@/test/fixtures/feast/registry-dump.json";
import { terminal } from "@/test/integration/cli/terminal";

type Dump = typeof dump;

/** A copy of the recorded registry with one thing changed. */
function changed(change: (copy: Dump) => void): ReturnType<typeof feastViews> {
  const copy = structuredClone(dump);
  change(copy);
  return feastViews(copy);
}
const releasesOf = (views: ReturnType<typeof feastViews>) => views.find(({ view }) => view === "releases");

test("views are read with their schema, time to live and sources", () => {
  const views = feastViews(dump);
  expect(views.map(({ view }) => view)).toEqual(["busy", "releases"]);
  expect(releasesOf(views)).toMatchObject({
    schema: { failure_count: "INT64", queue_seconds: "DOUBLE" },
    ttl: "86400s",
    sources: ["releases_source"],
  });
  expect(views[0]).toMatchObject({ schema: { busy: "DOUBLE" }, ttl: null, sources: ["now", "releases"] });
  expect(JSON.stringify(views[0]?.transformation)).toContain("bodyText");
});

const [recorded] = dump.featureViews;

test.each<[string, (spec: NonNullable<typeof recorded>["spec"]) => void, ("schema" | "compute" | "policy")[]]>([
  ["words about the view", (spec) => Object.assign(spec, { description: "x", owner: "y", tags: { a: "b" } }), []],
  ["the time of its source", (spec) => Object.assign(spec.batchSource.meta, { lastUpdatedTimestamp: "2030" }), []],
  ["a feature", (spec) => spec.features.push({ name: "weight", valueType: "DOUBLE" }), ["schema"]],
  [
    "where its values come from",
    (spec) => Object.assign(spec.batchSource.fileOptions, { uri: "b.parquet" }),
    ["compute"],
  ],
  ["its time to live", (spec) => Object.assign(spec, { ttl: "60s" }), ["policy"]],
])("a change of %s changes only what it is about", (_, change, expected) => {
  const before = releasesOf(feastViews(dump));
  const after = releasesOf(
    changed(({ featureViews: [view] }) => {
      if (view !== undefined) change(view.spec);
    }),
  );
  const kinds = (["schema", "compute", "policy"] as const).filter(
    (kind) => before?.definition[kind] !== after?.definition[kind],
  );
  expect(kinds).toEqual(expected);
});

test("bytecode is not compared, the source text is", () => {
  const bodyOf = (key: "body" | "bodyText") =>
    changed(({ onDemandFeatureViews: [view] }) => {
      Object.assign(view?.spec.featureTransformation.userDefinedFunction ?? {}, { [key]: "changed" });
    })[0]?.definition.compute;
  const before = feastViews(dump)[0]?.definition.compute;
  expect(bodyOf("body")).toBe(before);
  expect(bodyOf("bodyText")).not.toBe(before);
});

test.each([
  ["no registry", []],
  ["an empty one", { project: "x" }],
])("%s is refused", (_, value) => {
  expect(() => feastViews(value)).toThrow(expect.objectContaining({ code: "invalid_input" }));
});

test("the command line imports a dump, and reports the fingerprints of one side", async () => {
  const { run } = await terminal({ scopes: ["ci"] });
  const path = join(import.meta.dirname, "../../fixtures/feast/registry-dump.json");
  const command = ["features", "import", path, "--application", "deploy-assistant", "--report"];
  const first = await run([...command, "offline"]);
  expect(first).toMatchObject({ code: 0, err: "" });
  expect(first.out).toMatch(
    /^releases registered as revision 1, fingerprint [0-9a-f]{8}, the other side is not known$/m,
  );
  const second = await run([...command, "online"]);
  expect(second.out).toMatch(/^releases was registered before as revision 1, .*, equal offline and online$/m);
});
