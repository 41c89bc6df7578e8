/** Single sign-on against a provider on loopback: who comes in, with which role, and what is refused. */
import { describe, expect, test } from "vitest";
import { readConfig } from "@/server/config";
import { roleOf } from "@/server/auth/single-sign-on";
import { createUser } from "@/server/auth/users";
import { listUsers } from "@/server/store/control/users";
import { rows, SYSTEM } from "@/test/integration/control/fixtures";
import { PASSWORD, startApi, type ApiServer } from "./api-server";
import { CLIENT, startIdentityProvider, type IdentityProvider } from "./identity-provider";

const PUBLIC_URL = "https://switchback.example.org";
const ROLES = { sre: "on_call", release: "release_manager", root: "admin" } as const;
const ANA = { sub: "248289761001", email: "ana@example.org", email_verified: true, name: "Ana" };

async function installation(change: { roleClaim?: string | undefined } = {}) {
  const provider = await startIdentityProvider();
  provider.claims = { ...ANA, groups: ["sre", "other"] };
  const { issuer } = provider;
  const settings = { issuer, ...CLIENT, name: "Example", roleClaim: "groups", roles: ROLES, ...change };
  const api = await startApi({ singleSignOn: settings, publicUrl: PUBLIC_URL });
  await createUser(api.world.as(SYSTEM), {
    email: "root@example.org",
    name: "Root",
    password: PASSWORD,
    role: "admin",
  });
  return { api, provider };
}

/** A browser's way: to the provider, and back with the code. Returns where it ends and the cookies it holds then. */
async function signIn(api: ApiServer, next = "/p/a"): Promise<{ location: string; cookie: string }> {
  const start = await api.call("GET", `/sign-in/sso?${new URLSearchParams({ next }).toString()}`);
  const toProvider = start.headers.get("location") ?? "";
  const held = cookiesOf(start.headers);
  if (!toProvider.startsWith("http")) return { location: toProvider, cookie: held };
  const granted = await fetch(toProvider, { redirect: "manual" });
  const back = new URL(granted.headers.get("location") ?? "");
  expect(back.origin).toBe(PUBLIC_URL);
  const done = await api.call("GET", `${back.pathname}${back.search}`, { headers: { cookie: held } });
  return { location: done.headers.get("location") ?? "", cookie: cookiesOf(done.headers) };
}

function cookiesOf(headers: Headers): string {
  return headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
}

const me = (api: ApiServer, cookie: string) => api.call("GET", "/api/v1/me", { headers: { cookie } });

describe("single sign-on", () => {
  test("lets a person in with the role of the claim, and writes who came", async () => {
    const { api, provider } = await installation();
    const { location, cookie } = await signIn(api);
    expect(location).toBe("/p/a");
    expect(await me(api, cookie)).toMatchObject({
      status: 200,
      json: { kind: "person", name: "Ana", role: "on_call" },
    });
    expect(rows(api.world.db, "audit_entries WHERE action = 'user.created' AND actor_id = 'single-sign-on'")).toBe(1);
    const [asked] = provider.asked;
    expect(asked?.get("code_challenge_method")).toBe("S256");
    expect(asked?.get("redirect_uri")).toBe(`${PUBLIC_URL}/api/auth/callback/oidc`);
    expect(asked?.get("nonce")).toMatch(/^\S{16,}$/);
    expect(asked?.get("scope")?.split(" ").toSorted()).toEqual(["email", "openid", "profile"]);
  });

  test("a changed claim changes the role at the next sign-in, in the audit log too", async () => {
    const { api, provider } = await installation();
    await signIn(api);
    provider.claims = { ...ANA, groups: "release" };
    const { cookie } = await signIn(api);
    expect(await me(api, cookie)).toMatchObject({ json: { role: "release_manager" } });
    expect(rows(api.world.db, "audit_entries WHERE action = 'user.role_changed'")).toBe(1);
    expect(listUsers(api.world.db)).toHaveLength(2);
  });

  test("without a role claim people come in as viewers, and keep what they are given here", async () => {
    const { api } = await installation({ roleClaim: undefined });
    const first = await signIn(api);
    expect(await me(api, first.cookie)).toMatchObject({ json: { role: "viewer" } });
    api.world.db.$client.exec("UPDATE users SET role = 'on_call' WHERE email = 'ana@example.org'");
    const second = await signIn(api);
    expect(await me(api, second.cookie)).toMatchObject({ json: { role: "on_call" } });
  });

  test("somebody who is here already keeps the account, when the provider has verified the address", async () => {
    const { api, provider } = await installation();
    await createUser(api.world.as(SYSTEM), { email: ANA.email, name: "Ana", password: PASSWORD, role: "viewer" });
    provider.claims = { ...ANA, email_verified: false };
    expect((await signIn(api)).location).toBe("/sign-in?way=sso&error=account_not_linked");
    provider.claims = { ...ANA, groups: ["sre"] };
    expect((await signIn(api)).location).toBe("/p/a");
    expect(listUsers(api.world.db)).toMatchObject([{ name: "Ana", role: "on_call" }, { name: "Root" }]);
  });

  test("the last administrator stays one, whatever the claim says", async () => {
    const { api, provider } = await installation();
    provider.claims = { ...ANA, email: "root@example.org", groups: [] };
    const { cookie } = await signIn(api);
    expect(await me(api, cookie)).toMatchObject({ json: { name: "Root", role: "admin" } });
  });

  test("nobody but an administrator comes in before the first administrator is set up", async () => {
    const { api, provider } = await installation();
    api.world.db.$client.exec("DELETE FROM users");
    expect((await signIn(api)).location).toMatch(/^\/sign-in\?way=sso&error=/);
    expect(listUsers(api.world.db)).toEqual([]);
    provider.claims = { ...ANA, groups: ["root"] };
    const { cookie } = await signIn(api);
    expect(await me(api, cookie)).toMatchObject({ json: { role: "admin" } });
  });

  test.each(["nonce", "signature", "audience"] as const)("refuses an ID token with another %s", async (spoil) => {
    const { api, provider } = await installation();
    provider.spoil = spoil;
    const { location, cookie } = await signIn(api);
    expect(location).toMatch(/^\/sign-in\?way=sso&error=/);
    expect(await me(api, cookie)).toMatchObject({ status: 401 });
    expect(listUsers(api.world.db)).toHaveLength(1);
  });

  test("another browser cannot finish what one began", async () => {
    const { api } = await installation();
    const start = await api.call("GET", "/sign-in/sso");
    const granted = await fetch(start.headers.get("location") ?? "", { redirect: "manual" });
    const back = new URL(granted.headers.get("location") ?? "");
    const done = await api.call("GET", `${back.pathname}${back.search}`);
    expect(done.headers.get("location")).toContain("error=");
    expect(await me(api, cookiesOf(done.headers))).toMatchObject({ status: 401 });
  });

  test("never leads to another site afterwards", async () => {
    const { api } = await installation();
    expect((await signIn(api, "https://evil.example")).location).toBe("/");
  });

  test("sessions that it began end like all others", async () => {
    const { api } = await installation();
    const { cookie } = await signIn(api);
    const userId = listUsers(api.world.db).find(({ name }) => name === "Ana")?.id;
    const token = api.tokenFor({ role: "admin" });
    await api.call("POST", "/api/trpc/members.endSessions", { token, body: { userId } });
    expect(await me(api, cookie)).toMatchObject({ status: 401 });
  });

  test("too many attempts are throttled", async () => {
    const { api } = await installation();
    const ways: string[] = [];
    for (let attempt = 0; attempt < 5; attempt++) {
      ways.push((await api.call("GET", "/sign-in/sso")).headers.get("location") ?? "");
    }
    expect(ways.at(-1)).toBe("/sign-in?way=sso&error=throttled&next=%2F");
  });
});

test("the provider that cannot be reached is said so, and there is none without settings", async () => {
  const { api, provider } = await installation();
  const silent: IdentityProvider = { ...provider, issuer: "http://127.0.0.1:1" };
  const settings = { issuer: silent.issuer, ...CLIENT, name: "Example", roleClaim: undefined, roles: {} };
  const alone = await startApi({ singleSignOn: settings, publicUrl: PUBLIC_URL });
  expect((await signIn(alone)).location).toContain("error=provider_unreachable");
  expect(api.handle.singleSignOnName).toBe("Example");
  const without = await startApi();
  expect(without.handle.singleSignOnName).toBeUndefined();
  expect((await signIn(without)).location).toContain("error=provider_unreachable");
});

test.each([
  { claim: "sre", role: "on_call" },
  { claim: ["sre", "root", "release"], role: "admin" },
  { claim: ["unknown", 7], role: "viewer" },
  { claim: undefined, role: "viewer" },
  { claim: { sre: true }, role: "viewer" },
])("the claim $claim gives $role", ({ claim, role }) => {
  expect(roleOf({ roleClaim: "groups", roles: ROLES }, { groups: claim })).toBe(role);
  expect(roleOf({ roleClaim: undefined, roles: ROLES }, { groups: claim })).toBe("viewer");
});

describe("its settings", () => {
  const ALL = {
    SWITCHBACK_OIDC_ISSUER: "https://login.example.org",
    SWITCHBACK_OIDC_CLIENT_ID: "switchback",
    SWITCHBACK_OIDC_CLIENT_SECRET_FILE: "/run/secrets/oidc",
  };

  test("are none, or all three", () => {
    expect(readConfig({ NODE_ENV: "test" }).oidc).toBeUndefined();
    expect(() => readConfig({ NODE_ENV: "test", SWITCHBACK_OIDC_ISSUER: "https://login.example.org" })).toThrow(
      "set all three, or none",
    );
    expect(readConfig({ NODE_ENV: "test", ...ALL, SWITCHBACK_OIDC_ROLES: "sre=on_call, root=admin" }).oidc).toEqual({
      issuer: "https://login.example.org",
      clientId: "switchback",
      clientSecretFile: "/run/secrets/oidc",
      name: "single sign-on",
      roleClaim: undefined,
      roles: { sre: "on_call", root: "admin" },
    });
  });

  test("name a role that there is not", () => {
    expect(() => readConfig({ NODE_ENV: "test", ...ALL, SWITCHBACK_OIDC_ROLES: "sre=boss" })).toThrow(
      "SWITCHBACK_OIDC_ROLES",
    );
  });
});
