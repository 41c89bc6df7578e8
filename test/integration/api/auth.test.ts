/** Signing in: first set-up, sessions, throttling, forged requests, and where visitors are sent. */
import { mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadAuthSecret } from "@/server/auth/secret";
import { createUser } from "@/server/auth/users";
import { withTransaction } from "@/server/store/control/database";
import { deleteSessionsOf } from "@/server/store/control/sessions";
import { listUsers, updateUserRole } from "@/server/store/control/users";
import { rows, SYSTEM } from "@/test/integration/control/fixtures";
import { PASSWORD, startApi, type ApiServer } from "./api-server";

const FORM = "application/x-www-form-urlencoded";

function post(api: ApiServer, path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
  const body = new URLSearchParams(fields).toString();
  return api.call("POST", path, { headers: { origin: api.url, "content-type": FORM, ...headers }, body });
}

const ADA = { name: "Ada", email: "Ada@example.org", password: PASSWORD };

describe("first set-up", () => {
  test("with the code from the log creates the administrator, once, signed in", async () => {
    const api = await startApi();
    const code = api.firstRun.code ?? "";
    expect(code).toMatch(/^[A-Z2-9]{5}-[A-Z2-9]{5}$/);
    const done = await post(api, "/setup", { ...ADA, code: code.toLowerCase() });
    expect(done.headers.get("location")).toBe("/");
    const cookie = done.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    expect(await api.call("GET", "/api/v1/me", { headers: { cookie } })).toMatchObject({
      json: { kind: "person", name: "Ada", role: "admin" },
    });
    const again = await post(api, "/setup", { ...ADA, email: "eve@example.org", code });
    expect(again.headers.get("location")).toBe("/setup?error=done");
    expect(listUsers(api.world.db)).toMatchObject([{ email: "ada@example.org", role: "admin" }]);
    expect(rows(api.world.db, "audit_entries WHERE action = 'user.created'")).toBe(1);
  });

  test("with a token of an administrator works too, with another token it does not", async () => {
    const api = await startApi();
    const manager = await post(api, "/setup", { ...ADA, code: api.tokenFor({ role: "release_manager" }) });
    expect(manager.headers.get("location")).toBe("/setup?error=code");
    const admin = await post(api, "/setup", { ...ADA, code: api.tokenFor({ role: "admin" }) });
    expect(admin.headers.get("location")).toBe("/");
  });

  test.each([
    ["code", { code: "AAAAA-AAAAA" }],
    ["password", { password: "short" }],
    ["email", { email: "ada" }],
    ["name", { name: " " }],
  ])("names the field that does not do: %s", async (field, change) => {
    const api = await startApi();
    const answer = await post(api, "/setup", { ...ADA, code: api.firstRun.code ?? "", ...change });
    expect(answer.headers.get("location")).toBe(`/setup?error=${field}`);
    expect(listUsers(api.world.db)).toEqual([]);
  });

  test("two at once make one administrator", async () => {
    const api = await startApi();
    const code = api.firstRun.code ?? "";
    const posts = ["a", "b"].map((name) => post(api, "/setup", { ...ADA, code, email: `${name}@example.org` }));
    const ways = (await Promise.all(posts)).map((answer) => answer.headers.get("location") ?? "");
    expect(ways.toSorted()).toEqual(["/", "/setup?error=done"]);
    expect(listUsers(api.world.db)).toHaveLength(1);
  });
});

describe("pages", () => {
  test("send visitors to set-up, then to sign-in with the way back, and let people in", async () => {
    const api = await startApi();
    expect((await api.call("GET", "/p/deploy-assistant")).headers.get("location")).toBe("/setup");
    const cookie = await api.signIn("viewer");
    const visitor = await api.call("GET", "/p/deploy-assistant?tab=1");
    expect(visitor).toMatchObject({ status: 307 });
    expect(visitor.headers.get("location")).toBe("/sign-in?next=%2Fp%2Fdeploy-assistant%3Ftab%3D1");
    expect(await api.call("GET", "/p/deploy-assistant", { headers: { cookie } })).toMatchObject({
      status: 200,
      text: "page",
    });
    expect((await api.call("GET", "/sign-in", { headers: { cookie } })).headers.get("location")).toBe("/");
    expect(await api.call("GET", "/sign-in")).toMatchObject({ status: 200 });
    expect((await api.call("GET", "/setup")).headers.get("location")).toBe("/sign-in");
    expect(await api.call("GET", "/_next/static/x.js")).toMatchObject({ status: 200 });
  });

  test("send a wrong token to sign-in, and say so when the database fails", async () => {
    const api = await startApi();
    const cookie = await api.signIn("viewer");
    expect((await api.call("GET", "/", { token: "wrong" })).headers.get("location")).toBe("/sign-in?next=%2F");
    await expect((await api.handle.callerFor(new Headers({ authorization: "Bearer wrong" }))).me.get()).rejects.toThrow(
      "sign in",
    );
    api.world.db.$client.exec("DROP TABLE sessions");
    expect(await api.call("GET", "/", { headers: { cookie } })).toMatchObject({ status: 500 });
  });

  test("are rendered for whom they were opened by, with a token as with a cookie", async () => {
    const api = await startApi();
    const cookie = await api.signIn("viewer");
    const token = api.tokenFor({ role: "on_call" });
    const callers: [Record<string, string>, string][] = [
      [{ cookie }, "viewer"],
      [{ authorization: `Bearer ${token}` }, "on_call"],
      [{ "x-api-key": token }, "on_call"],
    ];
    for (const [headers, role] of callers) {
      expect(await api.call("GET", "/p/deploy-assistant", { headers })).toMatchObject({ status: 200 });
      expect(await (await api.handle.callerFor(new Headers(headers))).me.get()).toMatchObject({ role });
    }
  });

  test("carry a policy with a nonce of their own, and every answer the security headers", async () => {
    const api = await startApi();
    const nonceOf = async (): Promise<string | undefined> =>
      /'nonce-([^']+)'/.exec((await api.call("GET", "/setup")).headers.get("content-security-policy") ?? "")?.[1];
    const [first, second] = [await nonceOf(), await nonceOf()];
    expect(first).toMatch(/^[A-Za-z0-9+/]{22}==$/);
    expect(second).not.toBe(first);
    const { headers } = await api.call("GET", "/api/v1/me");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("strict-transport-security")).toBeNull();
  });
});

describe("sessions", () => {
  test("live in an HttpOnly, SameSite=Lax cookie; Secure and transport security with https", async () => {
    for (const [publicUrl, secure] of [
      ["http://127.0.0.1", false],
      ["https://switchback.example.org", true],
    ] as const) {
      const api = await startApi({ publicUrl });
      await createUser(api.world.as(SYSTEM), { ...ADA, role: "viewer" });
      const answer = await post(api, "/sign-in", { email: ADA.email, password: PASSWORD, next: "/p/x" });
      const cookie = answer.headers.getSetCookie()[0] ?? "";
      expect(cookie).toMatch(/HttpOnly/);
      expect(cookie).toMatch(/SameSite=Lax/);
      expect(/; Secure/.test(cookie)).toBe(secure);
      expect(answer.headers.has("strict-transport-security")).toBe(secure);
      expect(answer.headers.get("location")).toBe("/p/x");
    }
  });

  test("end with sign-out and when they are revoked; another role holds from the next call on", async () => {
    const api = await startApi();
    const cookie = await api.signIn("viewer");
    const me = () => api.call("GET", "/api/v1/me", { headers: { cookie } });
    const id = listUsers(api.world.db)[0]?.id ?? "";
    withTransaction(api.world.db, (tx) => updateUserRole(tx, { id, role: "on_call", atMs: api.clock.nowMs }));
    expect(await me()).toMatchObject({ json: { role: "on_call" } });
    expect(withTransaction(api.world.db, (tx) => deleteSessionsOf(tx, id))).toBe(1);
    expect(await me()).toMatchObject({ status: 401 });

    const signedIn = await post(api, "/sign-in", { email: "viewer@example.org", password: PASSWORD });
    const second = { cookie: signedIn.headers.getSetCookie()[0]?.split(";")[0] ?? "" };
    await post(api, "/sign-out", {}, second);
    expect(await api.call("GET", "/api/v1/me", { headers: second })).toMatchObject({ status: 401 });
  });

  test("are listed with where and when, and ended one by one or all but this one; each end is audited", async () => {
    const api = await startApi();
    const first = await api.signIn("viewer");
    const email = "viewer@example.org";
    const again = await post(api, "/sign-in", { email, password: PASSWORD }, { "user-agent": "Firefox" });
    const second = again.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const list = async (cookie: string) => {
      const { json } = await api.call("GET", "/api/trpc/me.sessions", { headers: { cookie } });
      return (json as { result: { data: { items: { id: string; current: boolean; userAgent: string }[] } } }).result
        .data.items;
    };
    const end = (cookie: string, body: object) =>
      api.call("POST", "/api/trpc/me.endSessions", { headers: { cookie, origin: api.url }, body });
    const seen = await list(second);
    expect(seen).toHaveLength(2);
    expect(seen.find(({ current }) => current)).toMatchObject({ userAgent: "Firefox", ipAddress: "127.0.0.1" });
    expect(JSON.stringify(seen)).not.toContain(decodeURIComponent(second).split("=")[1]?.split(".")[0]);

    const stranger = await api.signIn("on_call");
    const other = seen.find(({ current }) => !current)?.id ?? "";
    expect(await end(stranger, { sessionId: other })).toMatchObject({ status: 404 });
    expect(await end(second, { sessionId: other })).toMatchObject({ status: 200 });
    expect(await api.call("GET", "/api/v1/me", { headers: { cookie: first } })).toMatchObject({ status: 401 });
    // Past the throttling of the attempts before.
    api.clock.nowMs += 11_000;
    await post(api, "/sign-in", { email, password: PASSWORD });
    expect(await end(second, {})).toMatchObject({ json: { result: { data: { ended: 1 } } } });
    expect(await list(second)).toMatchObject([{ current: true }]);
    expect(await list(stranger)).toHaveLength(1);
    expect(rows(api.world.db, "audit_entries WHERE action = 'user.sessions_ended'")).toBe(2);
    const token = api.tokenFor({ role: "viewer" });
    expect(await api.call("POST", "/api/trpc/me.endSessions", { token, body: {} })).toMatchObject({ status: 409 });
  });

  test("never lead to another site after sign-in", async () => {
    const api = await startApi();
    for (const [index, next] of [
      "//evil.example",
      "/\\evil.example",
      "https://evil.example",
      "/ok\r\nx: y",
    ].entries()) {
      await createUser(api.world.as(SYSTEM), { ...ADA, email: `${index}@example.org`, role: "viewer" });
      // Past the throttling of the attempt before.
      api.clock.nowMs += 11_000;
      const answer = await post(api, "/sign-in", { email: `${index}@example.org`, password: PASSWORD, next });
      expect(answer.headers.get("location")).toBe("/");
    }
  });
});

describe("members", () => {
  test("an administrator adds people, changes their roles and signs them out; all of it is audited", async () => {
    const api = await startApi();
    const token = api.tokenFor({ role: "admin" });
    const call = (name: string, body: unknown) => api.call("POST", `/api/trpc/members.${name}`, { token, body });
    const created = await call("create", { ...ADA, role: "admin" });
    const { id } = (created.json as { result: { data: { id: string } } }).result.data;
    expect(await call("create", { ...ADA, email: "ADA@example.org", role: "viewer" })).toMatchObject({ status: 409 });
    expect(await call("setRole", { userId: id, role: "viewer" })).toMatchObject({
      status: 409,
      text: expect.stringContaining("last administrator"),
    });
    await call("create", { ...ADA, email: "bo@example.org", role: "admin" });
    expect(await call("setRole", { userId: id, role: "viewer" })).toMatchObject({ status: 200 });
    await post(api, "/sign-in", { email: ADA.email, password: PASSWORD });
    expect(await call("endSessions", { userId: id })).toMatchObject({ json: { result: { data: { ended: 1 } } } });
    expect(await call("endSessions", { userId: "usr_none" })).toMatchObject({ status: 404 });
    const actions = api.world.db.$client
      .prepare("SELECT action FROM audit_entries WHERE action LIKE 'user.%'")
      .pluck()
      .all();
    expect(actions).toEqual(["user.created", "user.created", "user.role_changed", "user.sessions_ended"]);
    const audited = JSON.stringify(api.world.db.$client.prepare("SELECT * FROM audit_entries").all());
    expect(audited).not.toContain(PASSWORD);
  });
});

describe("refused", () => {
  test("a wrong password and an unknown address look alike, and the fourth attempt within ten seconds is throttled", async () => {
    const api = await startApi();
    await createUser(api.world.as(SYSTEM), { ...ADA, role: "viewer" });
    const attempt = async (email: string): Promise<string | null> =>
      (
        await post(
          api,
          "/sign-in",
          { email, password: "wrong-password-1" },
          { "x-forwarded-for": `10.0.0.${email.length}` },
        )
      ).headers.get("location");
    const outcomes = [];
    for (const email of ["ada@example.org", "nobody@example.org", "ada@example.org", "ada@example.org"])
      outcomes.push(await attempt(email));
    const credentials = "/sign-in?error=credentials&next=%2F";
    expect(outcomes).toEqual([credentials, credentials, credentials, "/sign-in?error=throttled&next=%2F"]);
    api.clock.nowMs += 10_000;
    expect(await attempt("ada@example.org")).toBe(credentials);
  });

  test("each client by itself, where a proxy names it; the address that the client claims does not count", async () => {
    const api = await startApi({ clientIpHeader: "x-forwarded-for" });
    await createUser(api.world.as(SYSTEM), { ...ADA, role: "viewer" });
    const attempt = async (forwarded: string): Promise<boolean> => {
      const fields = { email: ADA.email, password: "wrong-password-1" };
      const answer = await post(api, "/sign-in", fields, { "x-forwarded-for": forwarded });
      return answer.headers.get("location")?.includes("throttled") ?? false;
    };
    for (const claimed of ["1.1.1.1", "2.2.2.2", "3.3.3.3"]) expect(await attempt(`${claimed}, 10.0.0.1`)).toBe(false);
    expect(await attempt("4.4.4.4, 10.0.0.1")).toBe(true);
    expect(await attempt("1.1.1.1, 10.0.0.2")).toBe(false);
  });

  test("sign-up", async () => {
    const api = await startApi();
    const answer = await api.call("POST", "/api/auth/sign-up/email", {
      headers: { origin: api.url },
      body: { ...ADA },
    });
    expect(answer.status).toBe(400);
    expect(listUsers(api.world.db)).toEqual([]);
  });

  test.each([
    ["a foreign page", { origin: "https://evil.example" }],
    ["a page that hides its origin", { origin: "null" }],
    ["no page at all", {}],
  ])("writes with the session cookie from %s", async (_, headers) => {
    const api = await startApi();
    const cookie = await api.signIn("admin");
    const body = { displayName: "Taken over" };
    const rest = await api.call("PUT", "/api/v1/applications/x", { headers: { cookie, ...headers }, body });
    const trpc = await api.call("POST", "/api/trpc/applications.put", {
      headers: { cookie, ...headers },
      body: { application: "x" },
    });
    const form = await api.call("POST", "/sign-out", {
      headers: { cookie, "content-type": FORM, ...headers },
      body: "",
    });
    expect([rest.status, trpc.status]).toEqual([403, 403]);
    expect(form.headers.get("location")).toBe("/sign-in?error=foreign");
    expect(rows(api.world.db, "applications")).toBe(0);
    const own = await api.call("PUT", "/api/v1/applications/x", { headers: { cookie, origin: api.url }, body });
    expect(own.status).toBe(201);
    // The address people open, which a proxy may have replaced in `Host`.
    const open = await api.call("PUT", "/api/v1/applications/y", {
      headers: { cookie, origin: "http://127.0.0.1" },
      body,
    });
    expect(open.status).toBe(201);
  });

  test("a wrong token beside a valid session: the token decides", async () => {
    const api = await startApi();
    const cookie = await api.signIn("admin");
    expect(await api.call("GET", "/api/v1/me", { token: "wrong", headers: { cookie } })).toMatchObject({ status: 401 });
  });
});

describe("the secret", () => {
  test("is made once, readable by its owner alone, and never quietly replaced", () => {
    const folder = mkdtempSync(join(tmpdir(), "switchback-secret-"));
    const secret = loadAuthSecret(folder);
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(loadAuthSecret(folder)).toBe(secret);
    expect(statSync(join(folder, "auth-secret")).mode & 0o777).toBe(0o600);
    writeFileSync(join(folder, "auth-secret"), secret.slice(0, 20));
    expect(() => loadAuthSecret(folder)).toThrow(/64 hex digits/);
  });
});
