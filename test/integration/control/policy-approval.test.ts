import { describe, expect, it } from "vitest";
import { approvePolicy } from "@/server/control/approve-policy";
import { rejectPolicy } from "@/server/control/reject-policy";
import { createToken } from "@/server/control/create-token";
import { putPolicy } from "@/server/control/put-policy";
import { startRollout } from "@/server/control/start-rollout";
import { findPolicy, findProposal, listPolicyChanges } from "@/server/store/control/policies";
import { listAudit } from "@/server/store/control/audit";
import { addPerson, newWorld, ON_PRODUCTION, person, SYSTEM, type World } from "./fixtures";

const ana = person("release_manager", "Ana");
const bo = person("release_manager", "Bo");
const NAME = "strict";
const reason = "because of the test";

const limit = (max: number): Record<string, unknown> => ({
  thresholds: { error_rate: { max, action: "rollback" } },
  steps: [{ canary: "10%" }],
});

/** Ana and Bo may approve; 2 % is in force. */
function twoManagers(): World {
  const world = newWorld();
  addPerson(world, ana);
  addPerson(world, bo);
  putPolicy(world.as(ana), { name: NAME, document: limit(0.02) });
  return world;
}

const put = (world: World, max: number, by = ana) => putPolicy(world.as(by), { name: NAME, document: limit(max) });
const inForce = (world: World): number | undefined => findPolicy(world.db, { name: NAME })?.version;

describe("a version that loosens a rollback rule", () => {
  it("waits, and the version before stays in force", () => {
    const world = twoManagers();
    expect(put(world, 0.05)).toMatchObject({
      version: 2,
      inForceVersion: 1,
      state: "pending",
      loosens: [{ rule: "error_rate:max", kind: "limit" }],
      message: "Version 2 loosens a rollback rule and waits for Bo to approve it; version 1 stays in force.",
    });
    expect(inForce(world)).toBe(1);
    expect(put(world, 0.05)).toMatchObject({ version: 2, state: "pending", created: false });
    expect(listPolicyChanges(world.db, NAME)).toHaveLength(2);
  });

  it("is in force once another person approves it, and the log tells both", () => {
    const world = twoManagers();
    put(world, 0.05);
    expect(approvePolicy(world.as(bo), { name: NAME, version: 2, inForceVersion: 1, reason })).toEqual({
      name: NAME,
      version: 2,
      inForceVersion: 2,
      state: "in_force",
    });
    expect(inForce(world)).toBe(2);
    const actions = listAudit(world.db, { limit: 10 }).items.map(({ action, actorName }) => `${actorName} ${action}`);
    expect(actions.slice(0, 2)).toEqual(["Bo policy.approved", "Ana policy.proposed"]);
  });

  it("is not approved by who put it, under whichever of their names", () => {
    const world = twoManagers();
    put(world, 0.05);
    const attempt = (): unknown => approvePolicy(world.as(ana), { name: NAME, version: 2, reason });
    expect(attempt).toThrow(expect.objectContaining({ code: "forbidden" }));
    const alias = { ...ana, id: "usr_other" };
    expect(() => approvePolicy(world.as(alias), { name: NAME, version: 2, reason })).toThrow(/somebody else/);
    expect(inForce(world)).toBe(1);
  });

  it("is gone when rejected, by anybody who may approve or by its author, and can be put again", () => {
    const world = twoManagers();
    put(world, 0.05);
    expect(rejectPolicy(world.as(ana), { name: NAME, version: 2, reason })).toMatchObject({ state: "rejected" });
    expect(findProposal(world.db, NAME)).toBeUndefined();
    expect(() => approvePolicy(world.as(bo), { name: NAME, version: 2, reason })).toThrow(
      expect.objectContaining({ code: "conflict" }),
    );
    expect(put(world, 0.05)).toMatchObject({ version: 2, state: "pending", created: false });
  });

  it("gives way to what is put after it", () => {
    const world = twoManagers();
    put(world, 0.05);
    expect(put(world, 0.01)).toMatchObject({ version: 3, state: "in_force", loosens: [] });
    expect(() => approvePolicy(world.as(bo), { name: NAME, version: 2, reason })).toThrow(/does not wait/);
    expect(inForce(world)).toBe(3);
  });

  it("is compared again by an approver when another version came into force meanwhile", () => {
    const world = twoManagers();
    put(world, 0.01);
    put(world, 0.05);
    const attempt = (): unknown => approvePolicy(world.as(bo), { name: NAME, version: 3, inForceVersion: 1, reason });
    expect(attempt).toThrow(expect.objectContaining({ code: "precondition_failed" }));
  });

  it("includes going back to an older, milder version", () => {
    const world = twoManagers();
    put(world, 0.01);
    expect(put(world, 0.02)).toMatchObject({ version: 1, inForceVersion: 2, state: "pending", created: false });
    approvePolicy(world.as(bo), { name: NAME, version: 1, reason });
    expect(inForce(world)).toBe(1);
  });

  it("judges no rollout before: neither by name nor by number", () => {
    const world = twoManagers();
    world.serve(world.release(1));
    put(world, 0.05);
    const start = (policy: string): unknown =>
      startRollout(world.as(ana), { ...ON_PRODUCTION, candidate: world.release(2), policy });
    expect(() => start(`${NAME}@2`)).toThrow(expect.objectContaining({ code: "conflict" }));
    expect(start(NAME)).toMatchObject({ policy: { name: NAME, version: 1 } });
  });

  it("is in force at once where nobody else could approve it, and the log says so", () => {
    const world = newWorld();
    addPerson(world, ana);
    put(world, 0.02);
    expect(put(world, 0.05)).toMatchObject({
      state: "in_force",
      message: "Version 2 is in force. It loosens a rollback rule, and nobody else has the role to approve that.",
    });
    const [entry] = listAudit(world.db, { limit: 1 }).items;
    expect(entry).toMatchObject({ action: "policy.put", after: { approvedBy: null, loosens: [expect.any(String)] } });
  });

  it("asks a token that holds the role as it asks a person, until the token ends", () => {
    const world = newWorld();
    addPerson(world, ana);
    createToken(world.as(person("admin", "root")), { name: "release bot", role: "release_manager", expires: "1d" });
    put(world, 0.02);
    expect(put(world, 0.05)).toMatchObject({ state: "pending" });
    const later = world.as(ana, world.as(ana).nowMs + 2 * 86_400_000);
    expect(putPolicy(later, { name: NAME, document: limit(0.06) })).toMatchObject({ state: "in_force" });
  });

  it("waits too when git declares it, and git does not ask again after a rejection", () => {
    const world = twoManagers();
    expect(put(world, 0.05, SYSTEM)).toMatchObject({ state: "pending" });
    rejectPolicy(world.as(bo), { name: NAME, version: 2, reason });
    expect(put(world, 0.05, SYSTEM)).toMatchObject({ version: 2, inForceVersion: 1, state: "rejected" });
    expect(findProposal(world.db, NAME)).toBeUndefined();
  });
});

describe("a version that tightens", () => {
  it("is in force at once", () => {
    const world = twoManagers();
    expect(put(world, 0.01)).toMatchObject({ state: "in_force", loosens: [] });
    expect(inForce(world)).toBe(2);
  });

  it("and so is the first one after the built-in policy", () => {
    const world = twoManagers();
    world.serve(world.release(1));
    startRollout(world.as(ana), { ...ON_PRODUCTION, candidate: world.release(2) });
    expect(putPolicy(world.as(ana), { name: "default", document: limit(0.2) })).toMatchObject({
      version: 2,
      state: "in_force",
    });
  });
});

describe("approvals that nobody can give", () => {
  const asking = (required: number) => `steps:\n  - canary: 10%\n  - approval:\n      required: ${required}\n`;

  it("are refused when the policy is put, at their place and with the remedy", () => {
    const world = newWorld();
    addPerson(world, ana);
    const attempt = (): unknown => putPolicy(world.as(ana), { name: NAME, document: asking(2) });
    const pointer = "/steps/1/approval/required";
    expect(attempt).toThrow(
      expect.objectContaining({
        code: "invalid_input",
        issues: [
          expect.objectContaining({ pointer, line: 4, column: 17, message: expect.stringContaining("only Ana") }),
        ],
      }),
    );
    expect(putPolicy(world.as(ana), { name: NAME, document: asking(1) })).toMatchObject({ version: 1 });
  });

  it("are accepted once there are people enough", () => {
    expect(putPolicy(twoManagers().as(ana), { name: NAME, document: asking(2) })).toMatchObject({ state: "pending" });
  });
});
