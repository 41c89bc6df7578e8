/** What gateways say they run: the newest word of each, about revisions that really were. */
import { describe, expect, it } from "vitest";
import { acknowledgeAlias } from "@/server/control/acknowledge-alias";
import { listAcks } from "@/server/store/control/acks";
import { APP, newWorld, ON_PRODUCTION, person, rows, T0, token } from "./fixtures";

const gateway = token(["gateway"]);

function served() {
  const world = newWorld();
  const [first, second] = [world.release(1), world.release(2)];
  world.serve(first);
  world.serve(second, T0 + 1_000);
  const ack = (given: object, atMs = T0 + 2_000) =>
    acknowledgeAlias(world.as(gateway, atMs), {
      ...ON_PRODUCTION,
      gateway: "gw-1",
      revision: 2,
      releaseId: second,
      ...given,
    });
  return { world, first, second, ack };
}

describe("an acknowledgement", () => {
  it("keeps the newest word of each gateway, and when it first confirmed a revision", () => {
    const { world, first, second, ack } = served();
    expect(ack({ revision: 1, releaseId: first, region: "eu" })).toMatchObject({ current: 2, upToDate: false });
    expect(ack({ region: "eu" }, T0 + 3_000)).toMatchObject({ current: 2, upToDate: true });
    ack({ region: "eu" }, T0 + 9_000);
    ack({ gateway: "gw-2" }, T0 + 4_000);
    const acks = listAcks(world.db, { ...ON_PRODUCTION, heardSinceMs: 0 });
    expect(acks.map((one) => [one.gateway, one.region, one.releaseId, one.confirmedAtMs, one.seenAtMs])).toEqual([
      ["gw-1", "eu", second, T0 + 3_000, T0 + 9_000],
      ["gw-2", null, second, T0 + 4_000, T0 + 4_000],
    ]);
  });

  it("may go back: a gateway that restarted from its cache runs the older revision", () => {
    const { world, first, ack } = served();
    ack({});
    ack({ revision: 1, releaseId: first }, T0 + 5_000);
    expect(listAcks(world.db, { ...ON_PRODUCTION, heardSinceMs: 0 })).toMatchObject([
      { revision: 1, confirmedAtMs: T0 + 5_000 },
    ]);
  });

  it("writes no audit entry: it changes nothing that serves", () => {
    const { world, ack } = served();
    const before = rows(world.db, "audit_entries");
    ack({});
    expect(rows(world.db, "audit_entries")).toBe(before);
  });

  it.each([
    ["a revision that never was", { revision: 3 }, "production has no revision 3, its newest is 2"],
    ["another release than the revision's", { revision: 1 }, "revision 1 of production is"],
    ["an unknown alias", { alias: "staging" }, `there is no alias of ${APP} staging`],
    ["a gateway without a name", { gateway: " " }, "the acknowledgement"],
  ])("is refused for %s", (_, given, message) => {
    const { world, ack } = served();
    expect(() => ack(given)).toThrow(message);
    expect(rows(world.db, "alias_acks")).toBe(0);
  });

  it.each([person("viewer"), person("on_call"), token(["read"]), token(["ci"]), token(["ingest"])])(
    "is refused to $name ($kind)",
    (actor) => {
      const { world, second } = served();
      const given = { ...ON_PRODUCTION, gateway: "gw-1", revision: 2, releaseId: second };
      expect(() => acknowledgeAlias(world.as(actor), given)).toThrow("or a token with scope gateway");
    },
  );
});
