import { describe, expect, it } from "vitest";
import { authenticateToken, hashToken } from "@/server/auth/token";
import { createToken, type CreateTokenInput } from "@/server/control/create-token";
import { revokeToken } from "@/server/control/revoke-token";
import { findToken, listTokens } from "@/server/store/control/tokens";
import { MINUTE_MS, newWorld, person, rows, SYSTEM, T0, type World } from "./fixtures";

const admin = person("admin");
const DAY_MS = 24 * 60 * MINUTE_MS;
const create = (world: World, change: Partial<CreateTokenInput> = {}) =>
  createToken(world.as(admin), { name: "gateway-eu", ...change });

describe("an API token", () => {
  it("is shown once, and kept as its hash alone", () => {
    const world = newWorld();
    const { id, token } = create(world, { scopes: ["gateway", "read", "gateway"] });
    expect(token).toMatch(/^sbk_[A-Za-z0-9_-]{43}$/);
    const row = findToken(world.db, id);
    expect(row).toMatchObject({
      hash: hashToken(token),
      scopes: ["gateway", "read"],
      role: null,
      prefix: token.slice(0, 8),
    });
    const everything = ["tokens", "audit_entries", "outbox"]
      .map((table) => JSON.stringify(world.db.$client.prepare(`SELECT * FROM ${table}`).all()))
      .join();
    expect(everything).not.toContain(token.slice(9));
  });

  it("acts with its scopes, or under its role", () => {
    const world = newWorld();
    const scoped = create(world, { scopes: ["ci"] });
    const ranked = createToken(world.as(SYSTEM), { name: "operator", role: "on_call" });
    const who = (token: string) => authenticateToken(world.db, { token, nowMs: T0 });
    expect(who(scoped.token)).toEqual({ kind: "token", id: scoped.id, name: "gateway-eu", role: null, scopes: ["ci"] });
    expect(who(ranked.token)).toMatchObject({ name: "operator", role: "on_call", scopes: [] });
  });

  it("ends at its expiry, to the millisecond", () => {
    const world = newWorld();
    const { token, expiresAt } = create(world, { scopes: ["read"], expires: "90d" });
    expect(expiresAt).toBe(T0 + 90 * DAY_MS);
    const at = (nowMs: number) => authenticateToken(world.db, { token, nowMs })?.name;
    expect([at(T0 + 90 * DAY_MS - 1), at(T0 + 90 * DAY_MS)]).toEqual(["gateway-eu", undefined]);
  });

  it("is refused from its revocation on, which happens once", () => {
    const world = newWorld();
    const { id, token } = create(world, { role: "viewer" });
    expect(revokeToken(world.as(admin, T0 + 5), { tokenId: id })).toEqual({ id, revokedAt: T0 + 5 });
    const before = rows(world.db, "audit_entries");
    expect(revokeToken(world.as(admin, T0 + 9), { tokenId: id })).toEqual({ id, revokedAt: T0 + 5 });
    expect(rows(world.db, "audit_entries")).toBe(before);
    expect(authenticateToken(world.db, { token, nowMs: T0 + 6 })).toBeUndefined();
    expect(() => revokeToken(world.as(admin), { tokenId: "tok_0" })).toThrow(
      expect.objectContaining({ code: "not_found" }),
    );
  });

  it.each(["", "sbk_", "sbk_short", `sbk_${"A".repeat(43)}`, `xyz_${"A".repeat(43)}`])("is not %j", (token) => {
    expect(authenticateToken(newWorld().db, { token, nowMs: T0 })).toBeUndefined();
  });

  it("has its last use noted at most once a minute", () => {
    const world = newWorld();
    const { id, token } = create(world, { scopes: ["read"] });
    const usedAt = (nowMs: number) => {
      authenticateToken(world.db, { token, nowMs });
      return findToken(world.db, id)?.lastUsedAtMs;
    };
    expect([T0, T0 + 59_999, T0 + MINUTE_MS, T0 + MINUTE_MS + 1].map(usedAt)).toEqual([
      T0,
      T0,
      T0 + MINUTE_MS,
      T0 + MINUTE_MS,
    ]);
  });

  it("still opens the door when its use cannot be noted", () => {
    const world = newWorld();
    const { token } = create(world, { scopes: ["gateway"] });
    world.db.$client.pragma("query_only = ON");
    expect(authenticateToken(world.db, { token, nowMs: T0 })?.name).toBe("gateway-eu");
  });

  it.each<[string, Partial<CreateTokenInput>, string]>([
    ["neither scopes nor a role", {}, "/scopes"],
    ["both", { scopes: ["read"], role: "viewer" }, "/scopes"],
    ["no scope", { scopes: [] }, "/scopes"],
    ["a lifetime that is none", { scopes: ["read"], expires: "soon" }, "/expires"],
    ["a lifetime of nothing", { scopes: ["read"], expires: "0d" }, "/expires"],
    ["no name", { scopes: ["read"], name: " " }, "/name"],
  ])("is not made with %s", (_, change, pointer) => {
    const world = newWorld();
    const issues = expect.arrayContaining([expect.objectContaining({ pointer })]);
    expect(() => create(world, change)).toThrow(expect.objectContaining({ code: "invalid_input", issues }));
    expect(listTokens(world.db)).toEqual([]);
  });
});
