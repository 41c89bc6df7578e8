/** What each channel is sent, as its own documents describe it, by a receiver that checks. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { describe, expect, test } from "vitest";
import { openIncident } from "@/server/control/open-incident";
import { rollback } from "@/server/control/rollback";
import { setCommander } from "@/server/control/set-commander";
import { setIncidentStatus } from "@/server/control/set-incident-status";
import { testNotificationRoute } from "@/server/control/test-notification-route";
import { APP, ON_PRODUCTION, T0 } from "@/test/integration/control/fixtures";
import { startOn } from "@/test/integration/control/verb-table";
import { admin, BASE_URL, onCall, openDesk, WEBHOOK_SECRET } from "./desk";
import { startReceiver, type Received } from "./receiver";

const TITLE = "SLA off by a day in us-west & <eu>";

describe("Slack", () => {
  test("gets a message within the limits of Block Kit, with links and nothing that acts", async () => {
    const receiver = await startReceiver();
    const desk = openDesk();
    desk.secrets.set("file:slack", `${receiver.url}/services/T0/B0/secret-path`);
    desk.route({ name: "chat", settings: { channel: "slack", url: "file:slack" } });
    const { id } = openIncident(desk.world.as(onCall), {
      application: APP,
      title: TITLE,
      severity: "critical",
      alias: "production",
    } as never);
    await desk.tick();
    expect(receiver.received.map(({ path }) => path)).toEqual(["/services/T0/B0/secret-path"]);
    const [message] = receiver.json() as { text: string; blocks: Record<string, never>[] }[];
    expect(message?.text).toContain("SLA off by a day in us-west &amp; &lt;eu&gt;");
    expect(message?.blocks.map(({ type }) => type)).toEqual(["header", "section", "context", "actions"]);
    expect(message?.blocks[0]).toEqual({
      type: "header",
      text: { type: "plain_text", text: "Incident opened: deploy-assistant production", emoji: false },
    });
    expect(message?.blocks[3]).toEqual({
      type: "actions",
      elements: [
        button("link-0", "Open", `${BASE_URL}/p/${APP}/incidents/${id}`),
        button("link-1", "Roll back…", `${BASE_URL}/p/${APP}/rollback?alias=production`),
      ],
    });
    expect(JSON.stringify(message?.blocks[2])).toMatch(
      /\*severity\* critical .* \*by\* robin .* 2026-04-12T00:00:00\.000Z/,
    );
  });

  test("gets texts of any length cut to its limits", async () => {
    const receiver = await startReceiver();
    const desk = openDesk();
    desk.secrets.set("file:slack", receiver.url);
    desk.route({ name: "chat", settings: { channel: "slack", url: "file:slack" } });
    const { id } = openIncident(desk.world.as(onCall), { application: APP, title: "&".repeat(300) });
    setIncidentStatus(desk.world.as(onCall), { incidentId: id, status: "resolved", reason: "&".repeat(2_000) });
    await desk.tick();
    for (const { blocks, text } of receiver.json() as { text: string; blocks: { text?: { text: string } }[] }[]) {
      expect(blocks[0]?.text?.text.length).toBeLessThanOrEqual(150);
      expect(blocks[1]?.text?.text.length).toBeLessThanOrEqual(3_000);
      expect(text.length).toBeLessThanOrEqual(3_000);
    }
    expect(receiver.received).toHaveLength(2);
  });
});

const button = (id: string, text: string, url: string) => ({
  type: "button",
  action_id: id,
  text: { type: "plain_text", text, emoji: false },
  url,
});

interface PagerDutyEvent {
  routing_key: string;
  event_action?: string;
  dedup_key?: string;
  payload?: { summary: string; source: string; severity?: string; timestamp: string };
  links?: { href: string; text: string }[];
  client_url?: string;
}

describe("PagerDuty", () => {
  async function paged() {
    const receiver = await startReceiver();
    receiver.answer({ status: 202, text: '{"status":"success"}' });
    const desk = openDesk();
    desk.secrets.set("env:SWITCHBACK_NOTIFY_PD", "R0UT1NGKEY0000000000000000000032");
    const settings = { channel: "pagerduty", routingKey: "env:SWITCHBACK_NOTIFY_PD", endpoint: receiver.url } as const;
    const routeId = desk.route({ name: "pager", settings });
    const events = () => receiver.received.map(({ path, body }) => ({ path, ...(JSON.parse(body) as PagerDutyEvent) }));
    return { receiver, desk, routeId, events };
  }

  test("has one alert for an incident, acknowledged by who takes it, resolved with it", async () => {
    const { desk, events } = await paged();
    const { id } = openIncident(desk.world.as(onCall), { application: APP, title: TITLE, severity: "critical" });
    setCommander(desk.world.as(onCall), { incidentId: id });
    setIncidentStatus(desk.world.as(onCall), { incidentId: id, status: "mitigated", reason: "went back" });
    setIncidentStatus(desk.world.as(onCall), { incidentId: id, status: "resolved", reason: "repaired" });
    await desk.tick();
    expect(events().map((event) => [event.path, event.event_action, event.dedup_key])).toEqual([
      ["/v2/enqueue", "trigger", `switchback:${APP}:${id}`],
      ["/v2/enqueue", "acknowledge", `switchback:${APP}:${id}`],
      ["/v2/enqueue", "acknowledge", `switchback:${APP}:${id}`],
      ["/v2/enqueue", "resolve", `switchback:${APP}:${id}`],
    ]);
    expect(events()[0]).toMatchObject({
      routing_key: "R0UT1NGKEY0000000000000000000032",
      payload: { summary: TITLE, source: APP, severity: "critical", timestamp: "2026-04-12T00:00:00.000Z" },
      client_url: `${BASE_URL}/p/${APP}/incidents/${id}`,
    });
    expect(events().every(({ dedup_key: key }) => (key ?? "").length <= 255)).toBe(true);
  });

  test("learns of every move as a change, and of a rollback as an alert that nobody has taken yet", async () => {
    const { desk, events } = await paged();
    startOn(desk.world, { steps: [{ canary: "10%" }] });
    const { incidentId } = rollback(desk.world.as(onCall), { ...ON_PRODUCTION, reason: "wrong dates" });
    await desk.tick();
    const said = events().map((event) => [event.path, event.event_action ?? event.payload?.summary]);
    expect(said).toContainEqual(["/v2/enqueue", "trigger"]);
    expect(said.filter(([path]) => path === "/v2/change/enqueue")).toHaveLength(4);
    expect(events().find(({ payload }) => payload?.summary.startsWith("Rolled back"))).toMatchObject({
      path: "/v2/change/enqueue",
      links: [{ href: `${BASE_URL}/p/${APP}/incidents/${incidentId}`, text: "Open in Switchback" }],
    });
  });

  test("is tested without anybody being woken for long", async () => {
    const { desk, routeId, events } = await paged();
    testNotificationRoute(desk.world.as(admin), { routeId });
    await desk.tick();
    const [trigger, resolve] = events();
    expect([trigger?.event_action, resolve?.event_action]).toEqual(["trigger", "resolve"]);
    expect(trigger?.dedup_key).toBe(resolve?.dedup_key);
    expect(trigger?.payload?.severity).toBe("warning");
  });
});

test("Teams gets an Adaptive Card", async () => {
  const receiver = await startReceiver();
  receiver.answer({ status: 202 });
  const desk = openDesk();
  desk.secrets.set("file:teams", `${receiver.url}/workflows/abc?sig=secret`);
  desk.route({ name: "teams", settings: { channel: "teams", url: "file:teams" } });
  const { id } = openIncident(desk.world.as(onCall), { application: APP, title: "[x](https://evil.example) wrong" });
  await desk.tick();
  expect(receiver.json()).toEqual([
    {
      type: "message",
      attachments: [
        {
          contentType: "application/vnd.microsoft.card.adaptive",
          contentUrl: null,
          content: expect.objectContaining({
            type: "AdaptiveCard",
            version: "1.4",
            actions: [{ type: "Action.OpenUrl", title: "Open", url: `${BASE_URL}/p/${APP}/incidents/${id}` }],
          }),
        },
      ],
    },
  ]);
  expect(receiver.received[0]?.body).toContain(String.raw`\\[x\\](https://evil.example) wrong`);
  expect(desk.deliveries({ state: "delivered" })).toHaveLength(1);
});

/** As a receiver does it by the scheme's document: the key is what follows `whsec_`, the content is `id.timestamp.body`. */
function verifies({ headers, body }: Received, secret: string, nowMs: number): boolean {
  const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((name) =>
    String(headers[`webhook-${name}`]),
  );
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > 300) return false;
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest();
  return (signatures ?? "").split(" ").some((entry) => {
    const [version, signature = ""] = entry.split(",");
    const given = Buffer.from(signature, "base64");
    return version === "v1" && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

describe("a webhook", () => {
  async function hooked(secrets = WEBHOOK_SECRET) {
    const receiver = await startReceiver();
    const desk = openDesk();
    desk.secrets.set("file:hook", secrets);
    desk.route({ name: "hook", settings: { channel: "webhook", url: `${receiver.url}/in`, secret: "file:hook" } });
    return { receiver, desk };
  }

  test("is signed by the Standard Webhooks scheme, and small", async () => {
    const { receiver, desk } = await hooked();
    const { id } = openIncident(desk.world.as(onCall), { application: APP, title: TITLE });
    await desk.tick();
    const [received] = receiver.received;
    if (received === undefined) throw new Error("nothing came");
    expect(verifies(received, WEBHOOK_SECRET, T0)).toBe(true);
    expect(verifies({ ...received, body: `${received.body} ` }, WEBHOOK_SECRET, T0)).toBe(false);
    expect(received.headers["webhook-id"]).toMatch(/^msg_\d+$/);
    expect(received.body.length).toBeLessThan(20_000);
    expect(JSON.parse(received.body)).toEqual({
      type: "incident.opened",
      timestamp: "2026-04-12T00:00:00.000Z",
      data: {
        application: APP,
        sentence: TITLE,
        severity: "major",
        actor: { kind: "person", id: "usr_robin", name: "robin" },
        incidentId: id,
        incidentTitle: TITLE,
        url: `${BASE_URL}/p/${APP}/incidents/${id}`,
        actions: [],
      },
    });
  });

  test("is signed by both secrets while one is being replaced", async () => {
    const next = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    const { receiver, desk } = await hooked(`${WEBHOOK_SECRET} ${next}`);
    openIncident(desk.world.as(onCall), { application: APP, title: TITLE });
    await desk.tick();
    const [received] = receiver.received;
    if (received === undefined) throw new Error("nothing came");
    expect([WEBHOOK_SECRET, next].map((secret) => verifies(received, secret, T0))).toEqual([true, true]);
  });

  test.each(["not-a-secret", "whsec_c2hvcnQ=", `whsec_${Buffer.alloc(65).toString("base64")}`])(
    "is not sent with %s, and says what a secret is",
    async (secret) => {
      const { receiver, desk } = await hooked(secret);
      openIncident(desk.world.as(onCall), { application: APP, title: TITLE });
      await desk.tick();
      expect(receiver.received).toEqual([]);
      expect(desk.deliveries({ state: "waiting" })[0]?.lastError).toMatch(
        /must be whsec_ and the base64 of 24 to 64 bytes/,
      );
      expect(desk.logged()).not.toContain(secret);
    },
  );
});
