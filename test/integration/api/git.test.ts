/** Git through the published interface: its settings, push webhooks over the raw bytes, and the worked example. */
import { createHmac } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { findGitState } from "@/server/store/control/gitops";
import { APP, rows } from "@/test/integration/control/fixtures";
import { startGitServer } from "@/test/integration/gitops/git-server";
import { git, manifest, prompt, release } from "@/test/integration/gitops/remote";
import { firstCommit, MANIFEST, merge } from "@/test/integration/gitops/story";
import examples from "@/test/fixtures/worked-examples.json";
import { startApi, type Answer, type ApiServer } from "./api-server";

const PATH = `/api/v1/applications/${APP}/git`;
const REMOTE = "https://github.com/acme/prompts.git";
const SECRET = "It's a Secret to Everybody";

describe("settings", () => {
  test("are put, read, changed and removed; secrets are named and never held", async () => {
    const api = await startApi();
    const token = api.tokenFor({ role: "admin" });
    const credentials = { token: "env:SWITCHBACK_GIT_TOKEN" };
    const put = await api.call("PUT", PATH, { token, body: { remote: REMOTE, credentials } });
    expect(put).toMatchObject({
      status: 200,
      json: { remote: REMOTE, branch: "main", writeBack: "direct", credentials },
    });
    const read = await api.call("GET", PATH, { token: api.tokenFor({ scopes: ["read"] }) });
    expect(read).toMatchObject({ status: 200, json: { repository: { remote: REMOTE, credentials }, aliases: [] } });
    const removed = await api.call("DELETE", PATH, { token, body: { reason: "moved to another installation" } });
    expect(removed).toMatchObject({ status: 200, json: { application: APP } });
    const after = await api.call("GET", PATH, { token });
    expect(after.json).toMatchObject({ repository: null, git: null, sentence: expect.stringContaining("No git") });
  });

  test.each([
    ["a password in the address", { remote: "https://me:hunter2@github.com/acme/prompts.git" }, "/remote"],
    ["a token in place of its name", { remote: REMOTE, credentials: { token: "hunter2" } }, "/credentials/token"],
    ["a secret in place of its name", { remote: REMOTE, webhookSecret: "hunter2" }, "/webhookSecret"],
    ["another variable of the server", { remote: REMOTE, credentials: { token: "env:PATH" } }, "/credentials/token"],
  ])("%s is refused, and is in no answer and no log", async (_, body, pointer) => {
    const api = await startApi();
    const answer = await api.call("PUT", PATH, { token: api.tokenFor({ role: "admin" }), body });
    expect(answer).toMatchObject({ status: 400, json: { errors: [{ pointer }] } });
    expect(answer.text).not.toContain("hunter2");
    expect(JSON.stringify(api.logged)).not.toContain("hunter2");
    expect(rows(api.world.db, "audit_entries")).toBe(1);
  });

  test("a repository that does not answer is 503 with git's own words, without the token", async () => {
    const api = await startApi();
    const admin = api.tokenFor({ role: "admin" });
    secretFile(api, "token", "hunter2");
    const remote = join(dirname(api.world.db.$client.name), "nowhere.git");
    await api.call("PUT", PATH, { token: admin, body: { remote, credentials: { token: "file:token" } } });
    const answer = await api.call("POST", `${PATH}/plan`, { token: api.tokenFor({ scopes: ["ci"] }), body: {} });
    expect(answer.status).toBe(503);
    expect(answer.text).toMatch(/git fetch/);
    expect(answer.text).not.toContain("hunter2");
  });
});

/** Puts a secret where `file:NAME` finds it. */
function secretFile(api: ApiServer, name: string, secret: string): void {
  const folder = join(dirname(api.world.db.$client.name), "secrets");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `${secret}\n`);
}

describe("a push webhook", () => {
  const PUSH = `{ "ref" : "refs/heads/main",\n  "after": "0123456789abcdef0123456789abcdef01234567" }`;
  const FORM = new URLSearchParams({ payload: PUSH }).toString();
  const signed = (body: string, secret = SECRET): Record<string, string> => ({
    "x-github-event": "push",
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
  });

  /** An application whose repository was looked at a moment ago. */
  async function connected(): Promise<{ api: ApiServer; send: (headers: object, body?: string) => Promise<Answer> }> {
    const api = await startApi();
    secretFile(api, "webhook", SECRET);
    const body = { remote: REMOTE, webhookSecret: "file:webhook" };
    await api.call("PUT", PATH, { token: api.tokenFor({ role: "admin" }), body });
    api.world.db.$client.exec("UPDATE git_states SET requested_at_ms = NULL");
    const send = (headers: object, text = PUSH): Promise<Answer> =>
      api.call("POST", `${PATH}/webhook`, { body: text, headers: { "content-type": "application/json", ...headers } });
    return { api, send };
  }
  const asked = ({ world }: ApiServer): number | null | undefined => findGitState(world.db, APP)?.requestedAtMs;

  test.each<[string, object, string]>([
    ["GitHub, signed over the bytes as they come", signed(PUSH), PUSH],
    ["GitHub as a form", { ...signed(FORM), "content-type": "application/x-www-form-urlencoded" }, FORM],
    ["GitLab", { "x-gitlab-event": "Push Hook", "x-gitlab-token": SECRET }, PUSH],
  ])("of %s needs no token and hurries the next look", async (_, headers, body) => {
    const { api, send } = await connected();
    expect(await send(headers, body)).toMatchObject({ status: 202, json: { accepted: true } });
    expect(asked(api)).toBe(api.clock.nowMs);
  });

  test("that comes again asks for nothing more, and writes nothing but that it was asked", async () => {
    const { api, send } = await connected();
    const audited = rows(api.world.db, "audit_entries");
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(signed(PUSH))));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    expect(rows(api.world.db, "audit_entries")).toBe(audited);
    expect(rows(api.world.db, "git_states")).toBe(1);
  });

  test.each<[string, object]>([
    ["no signature", { "x-github-event": "push" }],
    ["another secret", signed(PUSH, "guess")],
    ["the signature of the same document written otherwise", signed(JSON.stringify(JSON.parse(PUSH)))],
    ["a wrong token", { "x-gitlab-event": "Push Hook", "x-gitlab-token": `${SECRET}x` }],
  ])("with %s is 401, tells nothing and does nothing", async (_, headers) => {
    const { api, send } = await connected();
    const answer = await send(headers);
    expect(answer.status).toBe(401);
    expect(answer.text).not.toContain(SECRET);
    expect(asked(api)).toBeNull();
    const unknown = await api.call("POST", "/api/v1/applications/nobody/git/webhook", {
      body: PUSH,
      headers: signed(PUSH),
    });
    const [here, there] = [answer.json, unknown.json].map((problem) => ({ ...(problem as object), requestId: null }));
    expect(there).toEqual(here);
  });

  test("a signed body that is too large is refused before it is held", async () => {
    const { send } = await connected();
    const body = `${" ".repeat(25 * 1024 * 1024)}{}`;
    expect(await send(signed(body), body)).toMatchObject({ status: 413 });
  });
});

test("an apply that is sent twice under one Idempotency-Key is done once and answered alike", async () => {
  const server = await startGitServer();
  const remote = firstCommit();
  await server.call(server.tokenFor({ role: "admin" }), "PUT", PATH, { remote: remote.path });
  const headers = {
    authorization: `Bearer ${server.tokenFor({ scopes: ["ci"] })}`,
    "content-type": "application/json",
    "idempotency-key": "pipeline-7",
  };
  const apply = (): Promise<Response> => fetch(`${server.url}${PATH}/apply`, { method: "POST", headers, body: "{}" });
  const first = await apply();
  merge(remote);
  const again = await apply();
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  expect(await again.text()).toBe(await first.text());
});

test("prompts are listed with their lint, and compared as a test case renders them", async () => {
  const server = await startGitServer();
  const remote = firstCommit();
  remote.push({
    "prompts/support/answer@1.10.md": prompt("1.10", "Answer briefly, {{ nobody }}."),
    "prompts/support/tests/answer.jsonl": '{"id":"refund","variables":{"question":"Where is my refund?"}}\n',
  });
  await server.call(server.tokenFor({ role: "admin" }), "PUT", PATH, { remote: remote.path });
  const read = server.tokenFor({ scopes: ["read"] });
  expect(await server.call(read, "GET", `${PATH}/prompts`)).toMatchObject({
    prompts: [
      { reference: "support/answer@1.10", suites: [{ name: "support/answer", cases: ["refund"] }] },
      { reference: "support/answer@1.9" },
    ],
    findings: [{ severity: "error", code: "variable_undeclared", path: "prompts/support/answer@1.10.md", line: 8 }],
  });
  const compare = (query: string): Promise<unknown> => server.call(read, "GET", `${PATH}/prompts/compare?${query}`);
  expect(await compare("from=answer@1.9&to=answer@1.10&suite=support/answer&case=refund")).toMatchObject({
    lines: [
      { kind: "removed", text: "Answer kindly." },
      { kind: "added", text: "Answer briefly, {{ nobody }}." },
      { kind: "same", text: "Question: Where is my refund?" },
    ],
  });
  await expect(compare("from=answer@1.9&to=answer@1.10&suite=support/answer&case=none")).rejects.toThrow(/404.*none/);
});

test.each(examples.reconciliation.cases)(
  "the worked example of a reconciliation",
  async (example) => {
    const { gitDesired, runtime, breakGlass, output } = example;
    const server = await startGitServer();
    const remote = firstCommit();
    const admin = server.tokenFor({ role: "admin" });
    await server.call(admin, "PUT", PATH, { remote: remote.path, pollSeconds: 5 });
    const apply = (): Promise<unknown> => server.call(admin, "POST", `${PATH}/apply`, {});
    await apply();
    const production = async (): Promise<AliasDrift | undefined> => {
      const { aliases } = (await server.call(admin, "GET", PATH)) as { aliases: AliasDrift[] };
      return aliases.find(({ alias }) => alias === "production");
    };
    await eventually(async () => (await production())?.state === "in_sync");
    const good = (await production())?.running.release.releaseId;

    // Git declares the desired release on an alias that its policy does not guard, and it serves.
    remote.push({
      "prompts/support/answer@1.10.md": prompt("1.10", "Answer briefly."),
      "models/deploy-assistant/1.10.yaml": release("1.10"),
      "models/deploy-assistant/promotion-policy.yaml": "aliases: [staging]\nsteps: [{ canary: 10% }]\n",
      [MANIFEST]: manifest(gitDesired),
    });
    await apply();
    await eventually(async () => (await production())?.desired.reference === gitDesired);

    // Break-glass, while git is away: what differs stays to be seen.
    renameSync(remote.path, `${remote.path}.away`);
    await server.call(admin, "PUT", `/api/v1/applications/${APP}/aliases/production`, {
      releaseId: good,
      cause: "break_glass",
      reason: breakGlass.reason,
    });
    await eventually(async () => (await production())?.latched === true);
    const drifted = await production();
    expect(drifted).toMatchObject({ state: "ahead_of_git", patch: { from: gitDesired, to: runtime } });
    const { items } = (await server.call(admin, "GET", "/api/v1/audit?limit=100")) as {
      items: { action: string; reason?: string | null }[];
    };
    const audited = items.some(({ action, reason }) => action === "alias.moved" && reason === breakGlass.reason);
    renameSync(`${remote.path}.away`, remote.path);
    await eventually(() => Promise.resolve(remote.message().includes("revert(production)")));
    expect({ drift: drifted?.state !== "in_sync", audited, openRevertCommit: true }).toEqual(output);
    expect(remote.read(MANIFEST)).toBe(manifest(runtime));
    expect(git(remote.path, "log", "-1", "--format=%(trailers:key=Switchback-To,valueonly)", "main")).toBe(good);
    await eventually(async () => (await production())?.state === "in_sync");
  },
  60_000,
);

interface AliasDrift {
  alias: string;
  state: string;
  latched: boolean;
  desired: { reference: string };
  running: { release: { releaseId: string } };
}

async function eventually(probe: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await probe());) {
    if (Date.now() > deadline) throw new Error("it did not come to that");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
