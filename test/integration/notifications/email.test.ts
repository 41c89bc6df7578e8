/** E-mail, handed to a real mail server over a real connection. */
import { describe, expect, it } from "vitest";
import { openIncident } from "@/server/control/open-incident";
import type { PutNotificationRouteInput } from "@/server/control/put-notification-route";
import { setIncidentStatus } from "@/server/control/set-incident-status";
import { listAuditAfter } from "@/server/store/control/audit";
import { APP, MINUTE_MS, T0 } from "@/test/integration/control/fixtures";
import { BASE_URL, onCall, openDesk, type Desk } from "./desk";
import { MAIL_PASSWORD, MAIL_USER, startMailServer, trustTestCertificate, type MailServer } from "./mail-server";

type MailRoute = Extract<PutNotificationRouteInput["settings"], { channel: "email" }>;

function mailed(desk: Desk, { port }: Pick<MailServer, "port">, settings: Partial<MailRoute> = {}): string {
  desk.secrets.set("file:mail", MAIL_PASSWORD);
  return desk.route({
    name: "mail",
    settings: {
      channel: "email",
      host: "localhost",
      port,
      user: MAIL_USER,
      password: "file:mail",
      from: "switchback@example.org",
      to: ["on-call@example.org", "lead@example.org"],
      ...settings,
    },
  });
}

const TITLE = "SLA off by a day in us-west & <eu>";
const open = (desk: Desk, title = TITLE) =>
  openIncident(desk.world.as(onCall, desk.clock.nowMs), { application: APP, title, severity: "critical" }).id;

describe("an e-mail", () => {
  it("goes encrypted and signed in, as text and as HTML, with a link to the page", async () => {
    trustTestCertificate();
    const server = await startMailServer();
    const desk = openDesk();
    mailed(desk, server);
    const id = open(desk);
    await desk.tick();
    expect(server.received).toHaveLength(1);
    const [mail] = server.received;
    expect(mail).toMatchObject({
      from: "switchback@example.org",
      to: ["on-call@example.org", "lead@example.org"],
      encrypted: true,
      user: MAIL_USER,
    });
    expect(mail?.headers.get("subject")).toBe(`[${APP}] ${TITLE}`);
    expect(mail?.headers.get("auto-submitted")).toBe("auto-generated");
    expect(mail?.headers.get("content-type")).toMatch(/^multipart\/alternative/);
    expect(mail?.body).toContain(`Open: ${BASE_URL}/p/${APP}/incidents/${id}`);
    expect(mail?.body).toContain("SLA off by a day in us-west &amp; &lt;eu&gt;</p>");
    expect(desk.deliveries()[0]).toMatchObject({ state: "delivered", attempts: 1 });
  });

  it("goes over TLS from the first byte where the server wants that", async () => {
    trustTestCertificate();
    const server = await startMailServer({ secure: true });
    const desk = openDesk();
    mailed(desk, server, { security: "tls" });
    open(desk);
    await desk.tick();
    expect(server.received.map(({ encrypted }) => encrypted)).toEqual([true]);
  });

  it("of one incident stands in one conversation; of another, in another", async () => {
    trustTestCertificate();
    const server = await startMailServer();
    const desk = openDesk();
    mailed(desk, server);
    const id = open(desk);
    setIncidentStatus(desk.world.as(onCall), { incidentId: id, status: "resolved", reason: "repaired" });
    open(desk, "another");
    await desk.tick();
    const threads = server.received.map(({ headers }) => headers.get("references"));
    expect(threads).toEqual([`<${id}@switchback.example>`, threads[0], expect.not.stringContaining(id)]);
    expect(new Set(server.received.map(({ headers }) => headers.get("message-id"))).size).toBe(3);
    expect(server.received[1]?.headers.get("subject")).toBe(server.received[0]?.headers.get("subject"));
  });
});

describe("a mail server", () => {
  it("that is down for an hour is handed everything afterwards, in order, each once and with the id it had", async () => {
    trustTestCertificate();
    const first = await startMailServer();
    const desk = openDesk();
    mailed(desk, first);
    first.refuse({ message: () => 451 });
    open(desk, "first");
    await desk.tick();
    const [waiting] = desk.deliveries({ state: "waiting" });
    expect(waiting?.lastError).toBe(`localhost:${first.port} answered 451 message refused`);
    await first.close();
    await desk.run(T0 + 30 * MINUTE_MS, 5_000);
    open(desk, "second");
    await desk.run(T0 + 60 * MINUTE_MS, 5_000);
    expect(desk.routes().items[0]?.health).toMatchObject({ state: "failing", waiting: 2 });
    const again = await startMailServer({ port: first.port });
    await desk.run(T0 + 75 * MINUTE_MS, 5_000);
    expect(again.received.map(({ headers }) => headers.get("subject"))).toEqual([`[${APP}] first`, `[${APP}] second`]);
    expect(again.received[0]?.headers.get("message-id")).toBe(`<msg_${waiting?.id}@switchback.example>`);
    expect(desk.deliveries({ state: "waiting" })).toEqual([]);
  });

  it("that does not know the password is asked again once it is repaired, and nobody is shown it", async () => {
    trustTestCertificate();
    const server = await startMailServer();
    const desk = openDesk();
    const routeId = mailed(desk, server);
    const wrong = "not-the-password-4711";
    desk.secrets.set("file:mail", wrong);
    open(desk);
    await desk.tick();
    const [delivery] = desk.deliveries({ routeId });
    expect(delivery?.lastError).toMatch(/^localhost:\d+ answered 535 no such user, or not with \[secret\]$/);
    desk.secrets.set("file:mail", MAIL_PASSWORD);
    await desk.run(T0 + MINUTE_MS, 5_000);
    expect(server.received).toHaveLength(1);
    const audit = listAuditAfter(desk.world.db, { afterSeq: 0, limit: 100 });
    const shown = JSON.stringify([desk.routes(), desk.deliveries(), audit]) + desk.logged();
    for (const secret of [wrong, MAIL_PASSWORD, Buffer.from(MAIL_PASSWORD).toString("base64")]) {
      expect(shown).not.toContain(secret);
    }
    expect(desk.routes().items[0]?.settings).toMatchObject({ user: MAIL_USER, password: "file:mail" });
  });

  it("that cannot encrypt hears neither the password nor the message", async () => {
    trustTestCertificate();
    const server = await startMailServer({ disabledCommands: ["STARTTLS"] });
    const desk = openDesk();
    mailed(desk, server);
    open(desk);
    await desk.tick();
    expect([server.signIns, server.received]).toEqual([[], []]);
    expect(desk.deliveries()[0]).toMatchObject({ state: "waiting", attempts: 1 });
  });

  it("whose certificate nobody vouches for hears nothing either", async () => {
    const server = await startMailServer();
    const desk = openDesk();
    mailed(desk, server);
    open(desk);
    await desk.tick();
    expect([server.signIns, server.received]).toEqual([[], []]);
    expect(desk.deliveries()[0]?.lastError).toMatch(/could not be used: \w+/);
  });

  it("is spoken to in plain text only where its name is allowed", async () => {
    const server = await startMailServer({ disabledCommands: ["STARTTLS", "AUTH"], authOptional: true });
    const plain = { security: "none", user: null, password: null } as const;
    const strict = openDesk();
    mailed(strict, server, plain);
    open(strict);
    await strict.tick();
    expect(strict.deliveries()[0]?.lastError).toContain("is not sent to without TLS");
    const trusting = openDesk({ allow: ["localhost", "127.0.0.0/8"] });
    mailed(trusting, server, plain);
    open(trusting);
    await trusting.tick();
    expect(server.received.map(({ encrypted, user }) => [encrypted, user])).toEqual([[false, undefined]]);
  });

  it("in the own network is not called unless it is allowed", async () => {
    trustTestCertificate();
    const server = await startMailServer();
    const desk = openDesk({ allow: [] });
    mailed(desk, server);
    open(desk);
    await desk.tick();
    expect(server.received).toEqual([]);
    expect(desk.deliveries()[0]?.lastError).toBe(
      "localhost is no public address: allow it with SWITCHBACK_OUTBOUND_ALLOW",
    );
  });

  it("that refuses a recipient for good is not asked again; what the others got is said", async () => {
    trustTestCertificate();
    const server = await startMailServer();
    const desk = openDesk();
    mailed(desk, server);
    server.refuse({ recipient: (address) => (address.startsWith("lead@") ? 550 : null) });
    open(desk, "for one");
    await desk.tick();
    expect(server.received.map(({ to }) => to)).toEqual([["on-call@example.org"]]);
    server.refuse({ recipient: () => 550 });
    open(desk, "for nobody");
    await desk.tick();
    const errors = desk.deliveries({ state: "given_up" }).map(({ lastError }) => lastError);
    expect(errors).toEqual([
      `localhost:${server.port} answered 550 lead@example.org refused`,
      `localhost:${server.port} refused lead@example.org; the others got it`,
    ]);
  });

  it("that is busy with a recipient is asked again", async () => {
    trustTestCertificate();
    const server = await startMailServer();
    const desk = openDesk();
    mailed(desk, server);
    server.refuse({ recipient: () => 450 });
    open(desk);
    await desk.tick();
    server.refuse(null);
    await desk.run(T0 + MINUTE_MS, 5_000);
    expect(server.received).toHaveLength(1);
    expect(desk.deliveries()[0]).toMatchObject({ state: "delivered", attempts: 2 });
  });
});

describe("a mail route", () => {
  it.each<[string, Partial<MailRoute>, string]>([
    ["a user without a password", { password: null }, "/settings/password"],
    ["a password given instead of named", { password: "hunter2" }, "/settings/password"],
    ["a recipient that is no address", { to: ["on call"] }, "/settings/to/0"],
    ["nobody to send to", { to: [] }, "/settings/to"],
    ["a host that is an address of a page", { host: "https://smtp.example.org/" }, "/settings/host"],
  ])("with %s is refused", (_what, settings, pointer) => {
    const desk = openDesk();
    expect(() => mailed(desk, { port: 25 }, settings)).toThrow(
      expect.objectContaining({ code: "invalid_input", issues: [expect.objectContaining({ pointer })] }),
    );
  });
});
