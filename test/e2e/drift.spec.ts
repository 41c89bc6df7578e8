/** From a repository that is not connected yet to a drift that is seen everywhere, and a release that may come back. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "@playwright/test";
import { call, installation, sentence, test } from "./installation";

const APPLICATION = "git-drill";

const FILES: Readonly<Record<string, string>> = {
  "prompts/support/answer@1.0.md": "---\nversion: 1.0\nvariables: [question]\n---\nBe kind. {{ question }}\n",
  "prompts/support/answer@1.1.md": "---\nversion: 1.1\nvariables: [question]\n---\nBe brief. {{ question }}\n",
  "prompts/support/tests/answer.jsonl": '{"id":"when","variables":{"question":"When?"}}\n',
  "models/git-drill/1.0.yaml": "components: { prompt: support/answer@1.0, model: small@1 }\n",
  "deployments/production/aliases.yaml": "aliases:\n  production: git-drill@1.0   # the first one\n",
};

/** A bare repository with one commit. */
function newRemote(): string {
  const folder = mkdtempSync(join(tmpdir(), "switchback-e2e-git-"));
  const [remote, clone] = [join(folder, "remote.git"), join(folder, "clone")];
  const git = (...args: string[]): unknown =>
    execFileSync("git", ["-c", "user.name=Ana", "-c", "user.email=ana@example.org", ...args], { stdio: "pipe" });
  git("init", "--quiet", "--bare", "--initial-branch=main", remote);
  git("init", "--quiet", "--initial-branch=main", clone);
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(clone, path)), { recursive: true });
    writeFileSync(join(clone, path), content);
  }
  git("-C", clone, "add", "--all");
  git("-C", clone, "commit", "--quiet", "-m", "first");
  git("-C", clone, "push", "--quiet", remote, "main");
  return remote;
}

test("connect, apply, drift, banner, and let a release come back", async ({ signedIn: page }) => {
  test.setTimeout(120_000);
  const { url } = installation();
  const home = `${url}/p/${APPLICATION}`;
  const components = { prompt: "other@1", model: "small@1" };
  const registered = await call(page.request, {
    method: "POST",
    path: "/api/v1/releases",
    data: { application: APPLICATION, components },
  });

  await page.goto(`${home}/drift`);
  await expect(sentence(page)).toContainText("No git repository is connected");
  await page.getByLabel("Remote").fill(newRemote());
  await page.getByLabel("Look every … seconds").fill("5");
  await page.getByLabel("After a rollback").selectOption("propose");
  await page.getByRole("button", { name: "Connect the repository" }).click();
  await expect(page.getByText(/→ production: \(nothing\)|→ production:/)).toBeVisible({ timeout: 30_000 });
  await page.getByRole("button", { name: "Apply the head" }).click();
  await expect(page.getByText(/production: moved: serves/)).toBeVisible();
  await expect(page.getByText("In sync").first()).toBeVisible({ timeout: 30_000 });

  await page.goto(`${home}/prompts?from=support/answer@1.0&to=support/answer@1.1&suite=support/answer&case=when`);
  await expect(sentence(page)).toContainText("The branch holds 1 prompt in 2 versions");
  await expect(page.getByRole("listitem").filter({ hasText: "Be brief. When?" })).toBeVisible();

  // Break-glass: what git declares is taken out, and the proposal waits for a merge.
  await call(page.request, {
    method: "PUT",
    path: `/api/v1/applications/${APPLICATION}/aliases/production`,
    data: { releaseId: registered["releaseId"], cause: "break_glass", reason: "wrong answers" },
  });
  await page.goto(`${home}/releases`);
  await expect(page.getByText("the declared release is held back until git agrees")).toBeVisible({ timeout: 30_000 });
  await page.getByRole("link", { name: "Show the drift" }).click();
  await expect(page.getByText("Ahead of git, latched")).toBeVisible();
  await expect(page.getByText("Proposed, to be merged").first()).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole("link", { name: /^Drift ?, 1 that git does not follow/ }).first()).toBeVisible();

  await page.getByRole("button", { name: /Let [0-9a-f]{7} come back to production/ }).click();
  await page.getByLabel("Reason").fill("it was the provider");
  await page.getByRole("button", { name: /^Let [0-9a-f]{7} come back to production$/ }).click();
  await expect(page.getByText("No release is kept away from any alias.")).toBeVisible();
});
