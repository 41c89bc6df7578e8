/** What becomes of notifications when the world outside is not as it should be. */
import { describe, expect, it, test } from "vitest";
import { addIncidentNote } from "@/server/control/add-incident-note";
import { openIncident } from "@/server/control/open-incident";
import { removeNotificationRoute } from "@/server/control/remove-notification-route";
import { resendNotification } from "@/server/control/resend-notification";
import { setIncidentStatus } from "@/server/control/set-incident-status";
import { switchNotificationRoute } from "@/server/control/switch-notification-route";
import { testNotificationRoute } from "@/server/control/test-notification-route";
import { createAddressGuard } from "@/server/integrations/notify/address-guard";
import { createFanOut } from "@/server/integrations/notify/fan-out";
import { readPostmortem } from "@/server/read/postmortem";
import { listAuditAfter } from "@/server/store/control/audit";
import { listDueOutbox } from "@/server/store/control/outbox";
import { APP, MINUTE_MS, T0 } from "@/test/integration/control/fixtures";
import { FakeTelemetry } from "@/test/integration/read/fake-telemetry";
import { admin, onCall, openDesk, WEBHOOK_SECRET, type Desk } from "./desk";
import { startReceiver, type Receiver } from "./receiver";

const HOUR_MS = 60 * MINUTE_MS;

async function hooked(settings: Parameters<typeof openDesk>[0] = {}) {
  const receiver = await startReceiver();
  const desk = openDesk(settings);
  desk.secrets.set("file:hook", WEBHOOK_SECRET);
  const routeId = hook(desk, receiver);
  return { receiver, desk, routeId };
}

function hook(desk: Desk, { url }: Pick<Receiver, "url">, name = "hook"): string {
  return desk.route({ name, settings: { channel: "webhook", url, secret: "file:hook" } });
}

const open = (desk: Desk, title: string) =>
  openIncident(desk.world.as(onCall, desk.clock.nowMs), { application: APP, title }).id;

const sentences = (receiver: Receiver): string[] =>
  receiver.json().map(({ data }) => (data as { sentence: string }).sentence);
const ids = (receiver: Receiver): string[] => receiver.received.map(({ headers }) => String(headers["webhook-id"]));

describe("what nobody is to be told", () => {
  const queued = (desk: Desk): number =>
    listDueOutbox(desk.world.db, T0).filter(({ target }) => target.startsWith("notify:")).length;
  const settings = { channel: "webhook", url: "https://hooks.example.org", secret: "file:hook" } as const;

  it.each<[string, (desk: Desk) => void]>([
    ["no route is set up", () => undefined],
    [
      "the only route is of a graver severity",
      (desk) => void desk.route({ name: "pager", minSeverity: "critical", settings }),
    ],
    [
      "the only route is of another kind",
      (desk) => void desk.route({ name: "git", kinds: ["drift.opened"], settings }),
    ],
    [
      "the only route is switched off",
      (desk) => {
        const routeId = desk.route({ name: "hook", settings });
        switchNotificationRoute(desk.world.as(admin), { routeId, enabled: false, reason: "holidays" });
      },
    ],
  ])("is not queued: %s", (_why, setUp) => {
    const desk = openDesk();
    setUp(desk);
    open(desk, "trouble");
    expect(queued(desk)).toBe(0);
  });

  it("is queued as soon as one route wants it", () => {
    const desk = openDesk();
    desk.route({ name: "pager", minSeverity: "critical", settings });
    desk.route({ name: "chat", minSeverity: "major", application: APP, settings });
    open(desk, "trouble");
    expect(queued(desk)).toBe(1);
  });
});

describe("a receiver", () => {
  it("that is down for an hour gets everything afterwards, in order, each once", async () => {
    const { receiver, desk } = await hooked();
    receiver.answer("hang_up");
    for (let minute = 0; minute < 60; minute += 10) {
      open(desk, `trouble ${minute}`);
      await desk.run(T0 + (minute + 10) * MINUTE_MS, 5_000);
    }
    expect(desk.deliveries({ state: "waiting" })).toHaveLength(6);
    expect(desk.routes().sentence).toBe("1 route, 1 failing.");
    expect(desk.routes().items[0]?.sentence).toMatch(
      /^hook has failed for 59 min, 6 notifications waiting: .* could not be reached/,
    );
    const attempts = receiver.received.length;
    // Every ten minutes at most, so that a receiver that comes back is not drowned.
    expect(attempts).toBeLessThan(20);
    receiver.received.length = 0;
    receiver.answer({ status: 200 });
    await desk.run(desk.clock.nowMs + 10 * MINUTE_MS, 5_000);
    expect(sentences(receiver)).toEqual([0, 10, 20, 30, 40, 50].map((minute) => `trouble ${minute}`));
    expect(new Set(ids(receiver)).size).toBe(6);
    expect(desk.deliveries({ state: "delivered" })).toHaveLength(6);
    expect(desk.routes().items[0]?.health).toMatchObject({ state: "ok", waiting: 0, lastError: null });
  });

  it("that answers 500 is tried again with the same id and a new signature", async () => {
    const { receiver, desk } = await hooked();
    receiver.answer({ status: 500, text: "out of memory" }, { status: 503 }, { status: 200 });
    open(desk, "trouble");
    await desk.run(T0 + 2 * MINUTE_MS, 1_000);
    expect(receiver.received).toHaveLength(3);
    expect(new Set(ids(receiver)).size).toBe(1);
    const times = receiver.received.map(({ headers }) => Number(headers["webhook-timestamp"]) - T0 / 1000);
    // After 5 s, then 15 s.
    expect(times).toEqual([1, 6, 21]);
    expect(desk.deliveries()[0]).toMatchObject({ state: "delivered", attempts: 3, lastError: null });
  });

  it("that asks for patience gets it", async () => {
    const { receiver, desk } = await hooked();
    receiver.answer({ status: 429, headers: { "retry-after": "120" } }, { status: 200 });
    open(desk, "trouble");
    await desk.run(T0 + 3 * MINUTE_MS, 10_000);
    const times = receiver.received.map(({ headers }) => Number(headers["webhook-timestamp"]) - T0 / 1000);
    expect(times).toEqual([10, 130]);
  });

  it("that never answers is given up on for this attempt alone, and holds up nobody else", async () => {
    const { receiver, desk } = await hooked({ timeoutMs: 150 });
    const other = await startReceiver();
    hook(desk, other, "other");
    receiver.answer("silence");
    open(desk, "trouble");
    await desk.tick();
    expect(sentences(other)).toEqual(["trouble"]);
    const [waiting] = desk.deliveries({ state: "waiting" });
    expect(waiting).toMatchObject({ routeName: "hook", attempts: 1 });
    expect(waiting?.lastError).toMatch(/^127\.0\.0\.1:\d+ did not answer within 0\.15 s$/);
    receiver.answer({ status: 200 });
    await desk.run(T0 + MINUTE_MS, 5_000);
    expect(desk.deliveries({ state: "waiting" })).toEqual([]);
    expect(sentences(other)).toEqual(["trouble"]);
  });

  it("is not followed elsewhere", async () => {
    const { receiver, desk } = await hooked();
    const other = await startReceiver();
    receiver.answer({ status: 302, headers: { location: other.url } });
    open(desk, "trouble");
    await desk.tick();
    expect(other.received).toEqual([]);
    expect(desk.deliveries()[0]).toMatchObject({
      state: "waiting",
      lastError: expect.stringContaining("answered 302"),
    });
  });

  it("that refuses one message lets the ones behind it pass, and the refused one is seen and can be resent", async () => {
    const { receiver, desk } = await hooked();
    receiver.answer({ status: 400, text: "unknown type" }, { status: 200 });
    open(desk, "first");
    open(desk, "second");
    await desk.tick();
    expect(sentences(receiver)).toEqual(["first", "second"]);
    const [refused] = desk.deliveries({ state: "given_up" });
    expect(refused).toMatchObject({ sentence: "first", attempts: 1, nextAttemptAt: null });
    expect(refused?.lastError).toMatch(/answered 400: unknown type$/);
    expect(desk.routes().sentence).toBe("1 route, none failing. 1 notification given up: look and resend.");
    resendNotification(desk.world.as(onCall, T0 + MINUTE_MS), { deliveryId: refused?.id ?? 0 });
    await desk.tick(T0 + MINUTE_MS);
    expect(sentences(receiver)).toEqual(["first", "second", "first"]);
    expect(ids(receiver)[2]).toBe(ids(receiver)[0]);
    expect(() => resendNotification(desk.world.as(onCall), { deliveryId: refused?.id ?? 0 })).toThrow("arrived at");
  });

  it("that is gone is not asked again, until somebody switches the route on", async () => {
    const { receiver, desk, routeId } = await hooked();
    receiver.answer({ status: 410, text: "this endpoint was deleted" });
    open(desk, "first");
    await desk.tick();
    open(desk, "second");
    await desk.tick(T0 + MINUTE_MS);
    expect(receiver.received).toHaveLength(1);
    expect(desk.routes().items[0]).toMatchObject({ enabled: false, health: { state: "off", givenUp: 1 } });
    expect(desk.routes().items[0]?.disabledReason).toMatch(
      /takes no messages any more: .* answered 410: this endpoint was/,
    );
    const entries = listAuditAfter(desk.world.db, { afterSeq: 0, limit: 100 });
    expect(entries.find(({ action }) => action === "notification_route.disabled")).toMatchObject({
      actorKind: "controller",
    });
    expect(() => testNotificationRoute(desk.world.as(admin), { routeId })).toThrow("is switched off");
    switchNotificationRoute(desk.world.as(admin), { routeId, enabled: true, reason: "moved to a new address" });
    receiver.answer({ status: 200 });
    testNotificationRoute(desk.world.as(admin, T0 + 2 * MINUTE_MS), { routeId });
    await desk.tick(T0 + 2 * MINUTE_MS);
    expect(receiver.json()[1]).toMatchObject({ type: "route.tested" });
  });

  it("that stays away for days is given up on, visibly", async () => {
    const { receiver, desk } = await hooked();
    receiver.answer("hang_up");
    open(desk, "trouble");
    await desk.run(T0 + 74 * HOUR_MS, 10 * MINUTE_MS);
    expect(desk.deliveries()[0]).toMatchObject({ state: "given_up", attempts: 440 });
  }, 60_000);
});

test("a route gets what it asks for and nothing else", async () => {
  const receivers = await Promise.all([startReceiver(), startReceiver(), startReceiver()]);
  const desk = openDesk();
  desk.secrets.set("file:hook", WEBHOOK_SECRET);
  const [all, grave, other] = receivers;
  const settings = ({ url }: Receiver) => ({ channel: "webhook" as const, url, secret: "file:hook" });
  if (all === undefined || grave === undefined || other === undefined) throw new Error("no receiver");
  desk.route({ name: "all", settings: settings(all) });
  desk.route({ name: "grave", minSeverity: "critical", kinds: ["incident.opened"], settings: settings(grave) });
  expect(() => desk.route({ name: "other", application: "nobody", settings: settings(other) } as never)).toThrow(
    "there is no application nobody",
  );
  const critical = openIncident(desk.world.as(onCall), { application: APP, title: "down", severity: "critical" }).id;
  openIncident(desk.world.as(onCall), { application: APP, title: "odd", severity: "minor" });
  setIncidentStatus(desk.world.as(onCall), { incidentId: critical, status: "resolved", reason: "restarted" });
  await desk.tick();
  expect(sentences(all)).toEqual(["down", "odd", "Incident is resolved: restarted"]);
  expect(sentences(grave)).toEqual(["down"]);
});

test("nothing waits for a route that came later, and a removed one leaves nothing waiting", async () => {
  const desk = openDesk();
  desk.secrets.set("file:hook", WEBHOOK_SECRET);
  open(desk, "before");
  await desk.tick();
  const receiver = await startReceiver();
  const routeId = hook(desk, receiver);
  receiver.answer("hang_up");
  open(desk, "after");
  await desk.tick();
  removeNotificationRoute(desk.world.as(admin), { routeId, reason: "not needed" });
  await desk.tick(T0 + MINUTE_MS);
  expect(sentences(receiver)).toEqual(["after"]);
  expect(desk.deliveries()).toMatchObject([
    { state: "given_up", lastError: "the route was removed", routeName: null, sentence: "after" },
  ]);
});

test("an effect that was fanned out before the process died is not fanned out twice", async () => {
  const { receiver, desk } = await hooked();
  open(desk, "trouble");
  const [effect] = listDueOutbox(desk.world.db, T0);
  if (effect === undefined) throw new Error("nothing is due");
  // The process dies between the fan-out's commit and the mark of the delivery loop.
  await createFanOut(desk.world.db).deliver(effect, { nowMs: T0, signal: new AbortController().signal });
  await desk.tick();
  expect(sentences(receiver)).toEqual(["trouble"]);
});

test("secrets are in no answer, no log and no audit entry, also when a receiver repeats them", async () => {
  const [chat, hooks, pager] = await Promise.all([startReceiver(), startReceiver(), startReceiver()]);
  const desk = openDesk();
  const path = "/services/T0/B0/s3cr3t-slack";
  const key = "r0utingkey0secret000000000000032";
  desk.secrets.set("file:slack", `${chat.url}${path}`);
  desk.secrets.set("file:hook", `${WEBHOOK_SECRET} ${WEBHOOK_SECRET}`);
  desk.secrets.set("env:SWITCHBACK_NOTIFY_PD", key);
  desk.route({ name: "chat", settings: { channel: "slack", url: "file:slack" } });
  desk.route({ name: "hook", settings: { channel: "webhook", url: hooks.url, secret: "file:hook" } });
  const pagerduty = { channel: "pagerduty", routingKey: "env:SWITCHBACK_NOTIFY_PD", endpoint: pager.url } as const;
  desk.route({ name: "pager", settings: pagerduty });
  chat.answer({ status: 500, text: `no such path ${path}` });
  hooks.answer({ status: 500, text: `bad secret ${WEBHOOK_SECRET}` });
  pager.answer({ status: 500, text: `bad key ${key}` });
  open(desk, "trouble");
  await desk.tick();
  const seen = [
    desk.logged(),
    JSON.stringify(desk.deliveries()),
    JSON.stringify(desk.routes()),
    JSON.stringify(listAuditAfter(desk.world.db, { afterSeq: 0, limit: 100 })),
    JSON.stringify(desk.world.db.$client.prepare("SELECT * FROM outbox").all()),
  ].join("\n");
  for (const said of ["no such path [secret]", "bad secret [secret]", "bad key [secret]"]) expect(seen).toContain(said);
  expect(seen).toContain("file:slack");
  expect(seen).not.toContain("s3cr3t-slack");
  expect(seen).not.toContain(WEBHOOK_SECRET);
  expect(seen).not.toContain("r0utingkey0secret");
});

test("a secret that is missing is named, and the notification waits for it", async () => {
  const { receiver, desk } = await hooked();
  desk.secrets.clear();
  open(desk, "trouble");
  await desk.tick();
  expect(desk.deliveries()[0]).toMatchObject({ state: "waiting", lastError: "the secret file:hook is not there" });
  desk.secrets.set("file:hook", WEBHOOK_SECRET);
  await desk.run(T0 + MINUTE_MS, 5_000);
  expect(sentences(receiver)).toEqual(["trouble"]);
});

describe("addresses that are not public", () => {
  test.each([
    ["127.0.0.1", false],
    ["10.1.2.3", false],
    ["169.254.169.254", false],
    ["192.168.1.1", false],
    ["172.31.255.255", false],
    ["100.64.0.1", false],
    ["::1", false],
    ["fd00::1", false],
    ["fe80::1", false],
    ["::ffff:10.0.0.1", false],
    ["0.0.0.0", false],
    ["8.8.8.8", true],
    ["172.32.0.1", true],
    ["2606:4700::1111", true],
  ])("%s may be called: %s", (address, expected) => {
    expect(createAddressGuard([]).allowsAddress(address)).toBe(expected);
  });

  test.each([
    [["10.1.0.0/16"], "10.1.2.3", true],
    [["10.1.0.0/16"], "10.2.2.3", false],
    [["10.1.0.0/16"], "::ffff:10.1.2.3", true],
    [["fd00::/8"], "fd00::1", true],
    [["127.0.0.1"], "127.0.0.1", true],
    [["127.0.0.1"], "127.0.0.2", false],
  ])("with %j, %s may be called: %s", (allowed, address, expected) => {
    expect(createAddressGuard(allowed).allowsAddress(address)).toBe(expected);
  });

  test("are refused when they are connected to, by number and by name", async () => {
    const receiver = await startReceiver();
    const desk = openDesk({ allow: [] });
    desk.secrets.set("file:hook", WEBHOOK_SECRET);
    const port = new URL(receiver.url).port;
    hook(desk, { url: receiver.url }, "number");
    hook(desk, { url: `https://localhost:${port}` }, "name");
    hook(desk, { url: "http://example.org" }, "plain");
    open(desk, "trouble");
    await desk.tick();
    expect(receiver.received).toEqual([]);
    expect(desk.deliveries().map(({ routeName, lastError }) => [routeName, lastError])).toEqual([
      ["plain", "example.org is not called without TLS: use https, or allow the host"],
      ["number", `127.0.0.1:${port} is no public address: allow it with SWITCHBACK_OUTBOUND_ALLOW`],
      ["name", `localhost:${port} is no public address: allow it with SWITCHBACK_OUTBOUND_ALLOW`],
    ]);
  });

  test("are called by a name that was allowed", async () => {
    const receiver = await startReceiver();
    const desk = openDesk({ allow: ["localhost"] });
    desk.secrets.set("file:hook", WEBHOOK_SECRET);
    hook(desk, { url: receiver.url.replace("127.0.0.1", "localhost") });
    open(desk, "trouble");
    await desk.tick();
    expect(sentences(receiver)).toEqual(["trouble"]);
  });
});

test("the first notification that arrived is a clock of the postmortem", async () => {
  const { receiver, desk } = await hooked();
  const incidentId = open(desk, "trouble");
  receiver.answer({ status: 500 }, { status: 200 });
  await desk.run(T0 + MINUTE_MS, 5_000);
  const deps = { control: desk.world.db, telemetry: new FakeTelemetry(), nowMs: desk.clock.nowMs };
  const clock = readPostmortem(deps, { incidentId }).clocks.find(({ name }) => name === "communicated");
  expect(clock?.at).toBe(T0 + 10_000);
});

test("notes do not ring anybody", async () => {
  const { receiver, desk } = await hooked();
  const incidentId = open(desk, "trouble");
  addIncidentNote(desk.world.as(onCall), { incidentId, text: "looking" });
  await desk.tick();
  expect(receiver.received).toHaveLength(1);
});
