import { describe, expect, it } from "vitest";
import { registerRelease } from "@/server/control/register-release";
import { listApplications } from "@/server/store/control/applications";
import {
  findReleaseAnywhere,
  listProvenance,
  listReleases,
  listReleasesWithComponent,
} from "@/server/store/control/releases";
import { APP, newWorld, rows, T0, token } from "./fixtures";

const ci = token(["ci"]);
const COMPONENTS = { prompt: "support@2.8", model: "lora@1.9", feature_view: "releases@4" };

describe("registering a release", () => {
  it("identifies it by its components and keeps them", () => {
    const world = newWorld();
    const result = registerRelease(world.as(ci), { application: APP, components: COMPONENTS });
    expect(result).toMatchObject({ releaseId: "698df6d7ad", created: true });
    expect(result.digest).toMatch(/^698df6d7ad[0-9a-f]{54}$/);
    expect(findReleaseAnywhere(world.db, "698df6d7ad")).toMatchObject([{ application: APP, components: COMPONENTS }]);
  });

  it("puts digests into the identity", () => {
    const world = newWorld();
    const digests = { prompt: `sha256:${"ab".repeat(32)}` };
    const components = {
      "tool_schema/search": "search@3",
      "tool_schema/calendar": "calendar@1",
      prompt: "deploy@2.4.1",
    };
    expect(registerRelease(world.as(ci), { application: APP, components, digests }).releaseId).toBe("04098213b5");
  });

  it("makes one release with two provenance records of the same components", () => {
    const world = newWorld();
    const first = registerRelease(world.as(ci), { application: APP, components: COMPONENTS, gitCommit: "9f3c2a1" });
    const reordered = { feature_view: "releases@4", prompt: "support@2.8", model: "lora@1.9" };
    const labels = { title: "again" };
    const again = registerRelease(world.as(ci, T0 + 5), { application: APP, components: reordered, labels });
    expect(again).toEqual({ ...first, created: false });
    expect(rows(world.db, "releases")).toBe(1);
    expect(listProvenance(world.db, { application: APP, releaseId: first.releaseId })).toMatchObject([
      { gitCommit: "9f3c2a1", registeredAtMs: T0, registeredBy: "ci" },
      { gitCommit: null, labels, registeredAtMs: T0 + 5 },
    ]);
  });

  it("brings the application into being once", () => {
    const world = newWorld();
    world.release(1);
    world.release(2);
    expect(listApplications(world.db)).toMatchObject([
      { id: APP, displayName: APP, segments: ["region", "tenant"], storeContent: false },
    ]);
  });

  it("refuses other components under an id that is taken", () => {
    const world = newWorld();
    world.db.$client.exec(
      `INSERT INTO releases VALUES ('other-app', '698df6d7ad', '${"69".repeat(32)}', '{}', '{}', ${T0})`,
    );
    const attempt = (): unknown => registerRelease(world.as(ci), { application: APP, components: COMPONENTS });
    expect(attempt).toThrow(
      expect.objectContaining({ code: "conflict", message: expect.stringContaining("other-app") }),
    );
    expect(rows(world.db, "audit_entries")).toBe(0);
  });

  it.each<[string, object, string]>([
    ["no component", { components: {} }, "/components"],
    ["a reference without a version", { components: { prompt: "support" } }, "/components/prompt"],
    ["a digest of nothing", { digests: { judge: `sha256:${"a".repeat(64)}` } }, "/digests/judge"],
    ["a digest that is none", { digests: { prompt: "sha256:abc" } }, "/digests/prompt"],
    ["an application that is no slug", { application: "Deploy Assistant" }, "/application"],
    ["a fingerprint that is none", { fingerprints: { releases: "xyz" } }, "/fingerprints/releases"],
    ["a pipeline that is no address", { pipelineUrl: "build 7" }, "/pipelineUrl"],
    ["a pipeline address that is a script", { pipelineUrl: "javascript:alert(1)" }, "/pipelineUrl"],
    ["a misspelt field", { gitcommit: "9f3c2a1" }, "/gitcommit"],
  ])("refuses %s, pointing at it", (_, change, pointer) => {
    const world = newWorld();
    const attempt = (): unknown =>
      registerRelease(world.as(ci), { application: APP, components: COMPONENTS, ...change });
    expect(attempt).toThrow(
      expect.objectContaining({
        code: "invalid_input",
        issues: expect.arrayContaining([expect.objectContaining({ pointer })]),
      }),
    );
  });
});

describe("finding releases", () => {
  it("pages newest first without losing any that share a time", () => {
    const world = newWorld();
    const ids = [1, 2, 3, 4, 5].map((n) => world.release(n));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = listReleases(world.db, { application: APP, limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.items.map((row) => row.id));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(seen.toSorted()).toEqual(ids.toSorted());
  });

  it("says which releases contain a component", () => {
    const world = newWorld();
    const one = world.release(1);
    world.release(2);
    const found = listReleasesWithComponent(world.db, { reference: "support@1", limit: 10 });
    expect(found.map((row) => [row.id, row.kind])).toEqual([[one, "prompt"]]);
    expect(listReleasesWithComponent(world.db, { reference: "lora@1.9", application: APP, limit: 10 })).toHaveLength(2);
  });
});
