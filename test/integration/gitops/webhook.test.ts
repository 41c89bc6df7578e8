/** Push webhooks: who sent them, and what they do. */
import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { isGithubSignature, isGitlabToken, receivePush } from "@/server/integrations/git/webhook";
import { findGitState } from "@/server/store/control/gitops";
import { APP } from "@/test/integration/control/fixtures";
import { newInstallation, type Installation } from "./installation";
import { newFolder } from "./remote";
import { firstCommit, merge } from "./story";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const SECRET = "It's a Secret to Everybody";
const PUSH = JSON.stringify({ ref: "refs/heads/main", after: "0123456789abcdef0123456789abcdef01234567" });
const sign = (body: string, secret = SECRET): string =>
  `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;

/** A connected installation that polls once an hour, its repository read. */
async function connected(
  settings: object = { webhookSecret: "file:webhook" },
): Promise<{ installation: Installation; remote: ReturnType<typeof firstCommit> }> {
  const remote = firstCommit();
  const secretsFolder = newFolder("secrets");
  writeFileSync(join(secretsFolder, "webhook"), `${SECRET}\n`);
  const installation = newInstallation({ remote: remote.path, secretsFolder });
  installation.connect({ pollSeconds: 3600, ...settings });
  await installation.tick();
  return { installation, remote };
}

function send(
  { deps, clock }: Installation,
  headers: Record<string, string>,
  body = PUSH,
): ReturnType<typeof receivePush> {
  return receivePush(deps, {
    application: APP,
    headers,
    readBody: () => Promise.resolve(Buffer.from(body)),
    nowMs: clock.nowMs,
  });
}

test("GitHub's documented example verifies", () => {
  const header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  expect(isGithubSignature({ secret: SECRET, body: Buffer.from("Hello, World!"), header })).toBe(true);
  expect(isGithubSignature({ secret: SECRET, body: Buffer.from("Hello, World?"), header })).toBe(false);
  expect(isGithubSignature({ secret: "other", body: Buffer.from("Hello, World!"), header })).toBe(false);
  expect(isGithubSignature({ secret: SECRET, body: Buffer.from("Hello, World!"), header: "" })).toBe(false);
  expect(isGitlabToken({ secret: SECRET, header: SECRET })).toBe(true);
  expect(isGitlabToken({ secret: SECRET, header: `${SECRET} ` })).toBe(false);
});

describe("a push to the tracked branch", () => {
  test.each([
    ["GitHub", { "x-github-event": "push", "x-hub-signature-256": sign(PUSH) }],
    ["GitLab", { "x-gitlab-event": "Push Hook", "x-gitlab-token": SECRET }],
  ])("from %s hurries the next look at the repository", async (_, headers) => {
    const { installation, remote } = await connected();
    const merged = merge(remote);
    await installation.tick();
    expect(findGitState(installation.deps.control, APP)?.headCommit).not.toBe(merged);
    expect(await send(installation, headers)).toMatchObject({ accepted: true });
    await installation.tick();
    expect(findGitState(installation.deps.control, APP)?.headCommit).toBe(merged);
    // Once, not at every tick from now on.
    const checkedAtMs = findGitState(installation.deps.control, APP)?.checkedAtMs;
    await installation.tick();
    expect(findGitState(installation.deps.control, APP)?.checkedAtMs).toBe(checkedAtMs);
  });
});

describe("what is not followed", () => {
  const github = (body: string, event = "push") => ({ "x-github-event": event, "x-hub-signature-256": sign(body) });
  const other = JSON.stringify({ ref: "refs/heads/work" });

  test.each([
    ["another branch", github(other), other, "only pushes to main"],
    ["another event", github("{}", "ping"), "{}", "ping is not a push"],
  ])("%s is answered and does nothing", async (_, headers, body, message) => {
    const { installation } = await connected();
    const answer = await send(installation, headers, body);
    expect(answer).toMatchObject({ accepted: false });
    expect(answer.message).toContain(message);
    expect(findGitState(installation.deps.control, APP)?.requestedAtMs).toBeNull();
  });

  test.each<[string, Record<string, string>]>([
    ["no signature", { "x-github-event": "push" }],
    ["a signature with another secret", { "x-github-event": "push", "x-hub-signature-256": sign(PUSH, "guess") }],
    ["a signature of another body", { "x-github-event": "push", "x-hub-signature-256": sign("{}") }],
    ["a wrong token", { "x-gitlab-event": "Push Hook", "x-gitlab-token": "guess" }],
    ["a wrong signature beside a right token", { "x-hub-signature-256": "sha256=00", "x-gitlab-token": SECRET }],
    ["the old SHA-1 signature alone", { "x-github-event": "push", "x-hub-signature": "sha1=00" }],
  ])("%s is refused", async (_, headers) => {
    const { installation } = await connected();
    await expect(send(installation, headers)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(findGitState(installation.deps.control, APP)?.requestedAtMs).toBeNull();
  });

  test("an application without a webhook secret, or without a repository, answers like a wrong one", async () => {
    const { installation } = await connected({});
    const headers = { "x-gitlab-event": "Push Hook", "x-gitlab-token": "" };
    await expect(send(installation, headers)).rejects.toMatchObject({ code: "unauthenticated" });
    const unknown = { application: "nobody", headers, readBody: () => Promise.reject(new Error("read")), nowMs: 0 };
    await expect(receivePush(installation.deps, unknown)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  test.each(["not json", "{}", '{"ref":1}', "[]"])(
    "a signed body that is no push event (%s) is bad input",
    async (body) => {
      const { installation } = await connected();
      await expect(send(installation, github(body), body)).rejects.toMatchObject({ code: "invalid_input" });
    },
  );
});
