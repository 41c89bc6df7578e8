import { describe, expect, it } from "vitest";
import { putApplication } from "@/server/control/put-application";
import { putPolicy } from "@/server/control/put-policy";
import { findApplication } from "@/server/store/control/applications";
import { findPolicy, listPolicies } from "@/server/store/control/policies";
import { APP, newWorld, person, rows, type World } from "./fixtures";

const manager = person("release_manager");

describe("an application's settings", () => {
  it("start with defaults and change one by one", () => {
    const world = newWorld();
    const put = (change: object) => putApplication(world.as(manager), { application: APP, ...change });
    expect(put({ displayName: "Deploy assistant" })).toMatchObject({
      id: APP,
      displayName: "Deploy assistant",
      segments: ["region", "tenant"],
      storeContent: false,
      created: true,
    });
    expect(put({ segments: ["region", "tenant_tier", "region"], retention: { rawDays: 7 } })).toMatchObject({
      displayName: "Deploy assistant",
      segments: ["region", "tenant_tier"],
      retention: { rawDays: 7, rollupMonths: 13 },
      created: false,
    });
    expect(put({ storeContent: true })).toMatchObject({
      storeContent: true,
      retention: { rawDays: 7, rollupMonths: 13 },
    });
    expect(findApplication(world.db, APP)).toMatchObject({ storeContent: true, displayName: "Deploy assistant" });
  });

  it("name own telemetry keys, all at once", () => {
    const world = newWorld();
    const put = (change: object) => putApplication(world.as(manager), { application: APP, ...change });
    expect(put({})).toMatchObject({ telemetryKeys: {} });
    const telemetryKeys = { releaseId: ["acme.build"], ttftMs: ["acme.first_s*1000"], region: [] };
    expect(put({ telemetryKeys }).telemetryKeys).toEqual({
      releaseId: ["acme.build"],
      ttftMs: ["acme.first_s*1000"],
    });
    expect(put({ storeContent: true }).telemetryKeys).toHaveProperty("releaseId");
    expect(put({ telemetryKeys: {} }).telemetryKeys).toEqual({});
  });

  it.each<[object, string]>([
    [{ segments: Array.from({ length: 9 }, (_, n) => `s${n}`) }, "/segments"],
    [{ retention: { rawDays: 0 } }, "/retention/rawDays"],
    [{ storecontent: true }, "/storecontent"],
    [{ telemetryKeys: { releaseid: ["a"] } }, "/telemetryKeys/releaseid"],
    [{ telemetryKeys: { application: ["a"] } }, "/telemetryKeys/application"],
    [{ telemetryKeys: { region: ["two words"] } }, "/telemetryKeys/region/0"],
    [{ telemetryKeys: { region: ["a", "a"] } }, "/telemetryKeys/region"],
    [{ telemetryKeys: { region: Array.from({ length: 9 }, (_, n) => `k${n}`) } }, "/telemetryKeys/region"],
  ])("refuse %j", (change, pointer) => {
    const issues = expect.arrayContaining([expect.objectContaining({ pointer })]);
    const attempt = (): unknown => putApplication(newWorld().as(manager), { application: APP, ...change });
    expect(attempt).toThrow(expect.objectContaining({ code: "invalid_input", issues }));
  });
});

describe("a policy", () => {
  const put = (world: World, document: Record<string, unknown>) =>
    putPolicy(world.as(manager), { name: "default", document });
  const A = { steps: [{ canary: "10%" }], alpha: 0.01 };
  const B = { steps: [{ canary: "20%" }] };

  it("is the same version for the same content in any order", () => {
    const world = newWorld();
    expect(put(world, A)).toMatchObject({ name: "default", version: 1, state: "in_force", created: true });
    expect(put(world, { alpha: 0.01, steps: [{ canary: "10%" }] })).toMatchObject({ version: 1, created: false });
    expect([rows(world.db, "policies"), rows(world.db, "audit_entries")]).toEqual([1, 1]);
  });

  it("gets the next version for other content, and goes back to an older one that is put again", () => {
    const world = newWorld();
    put(world, A);
    expect(put(world, B)).toMatchObject({ version: 2, created: true });
    expect(findPolicy(world.db, { name: "default" })).toMatchObject({ version: 2, document: B });
    expect(put(world, A)).toMatchObject({ version: 1, inForceVersion: 1, state: "in_force", created: false });
    expect(findPolicy(world.db, { name: "default" })).toMatchObject({ version: 1, document: A });
    expect(findPolicy(world.db, { name: "default", version: 2 })).toMatchObject({ document: B });
    expect(listPolicies(world.db).map((row) => row.version)).toEqual([1, 2]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["a threshold on nothing", { thresholds: { latency: { max: 1, action: "rollback" } } }, "/thresholds/latency"],
    ["a misspelt key", { thresholds: { error_rate: { maxx: 1, action: "rollback" } } }, "/thresholds/error_rate/maxx"],
    ["another name than its own", { name: "other" }, "/name"],
    [
      "a number that no two languages write alike",
      { thresholds: { sum_tokens: { max: 2 ** 60, action: "notify" } } },
      "",
    ],
  ])("refuses %s, pointing at it", (_, document, pointer) => {
    const issues = expect.arrayContaining([expect.objectContaining({ pointer })]);
    const world = newWorld();
    expect(() => put(world, document)).toThrow(expect.objectContaining({ code: "invalid_input", issues }));
    expect(rows(world.db, "policies")).toBe(0);
  });
});
