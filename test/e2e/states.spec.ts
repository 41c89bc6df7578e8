/** What pages show when something is missing: the stream, the server, the data, the right, the thing itself. */
import { expect } from "@playwright/test";
import { APPLICATION, brokenPage, installation, sentence, signIn, test } from "./installation";

const HOME = `/p/${APPLICATION}`;

test("a lost stream is said, and the page goes on by asking", async ({ signedIn }) => {
  const page = await brokenPage(signedIn);
  await page.route("**/api/v1/events**", (route) => route.abort());
  await page.goto(`${installation().url}${HOME}`);
  await expect(page.getByText(/Reconnecting since/)).toBeVisible();
  await expect(sentence(page)).not.toContainText("Unknown since");
  await page.unroute("**/api/v1/events**");
  await expect(page.getByText(/Reconnecting since/)).toBeHidden({ timeout: 15_000 });
  await page.context().close();
});

test("a server that no longer answers turns the verdict to unknown, never green", async ({ signedIn }) => {
  const page = await brokenPage(signedIn);
  await page.clock.install();
  await page.goto(`${installation().url}${HOME}`);
  await expect(sentence(page)).toBeVisible();
  await page.route("**/api/**", (route) => route.abort());
  // A minute without an answer, without waiting for it; the page counts from when its script has started.
  await expect(async () => {
    await page.clock.fastForward("02:00");
    await expect(sentence(page)).toContainText("Unknown since", { timeout: 2_000 });
  }).toPass();
  await expect(page.getByText("Last known:")).toBeVisible();
  await expect(page).toHaveTitle(/^\(stale\)/);
  await expect(page.locator("link[rel=icon][href^='data:image']").first()).toBeAttached();
  await expect(page.locator("link[rel=icon]:not([href^='data:image'])")).toHaveCount(0);
  await page.context().close();
});

test("an error says what is still true, and tries again", async ({ signedIn }) => {
  const page = await brokenPage(signedIn);
  await page.goto(`${installation().url}${HOME}/requests`);
  await page.route("**/api/trpc/**", (route) => route.abort());
  await page
    .getByRole("complementary", { name: "Values" })
    .getByRole("button", { name: /^error/ })
    .click();
  const alert = page.getByRole("alert").filter({ hasText: "could not be read" });
  const notice = page.getByText(/could not be refreshed/);
  await expect(alert.or(notice).first()).toBeVisible({ timeout: 20_000 });
  await page.context().close();
});

test("what does not exist is said to be missing, with the id", async ({ signedIn }) => {
  const page = await brokenPage(signedIn);
  await page.goto(`${installation().url}${HOME}/requests/no-such-request`);
  await expect(page.getByRole("heading", { name: /no-such-request: not found/ })).toBeVisible();
  await page.goto(`${installation().url}${HOME}/releases/0000000000`);
  await expect(page.getByRole("heading", { name: /0000000000: not found/ })).toBeVisible();
  await page.goto(`${installation().url}${HOME}/nowhere`);
  await expect(page.getByRole("heading", { name: "No such page" })).toBeVisible();
  await page.context().close();
});

test("an application without telemetry shows the first steps", async ({ page }) => {
  await signIn(page);
  const { url } = installation();
  const put = await page.request.put(`${url}/api/v1/applications/still-empty`, {
    data: { displayName: "Still empty" },
    headers: { origin: url },
  });
  expect(put.ok(), await put.text()).toBe(true);
  await page.goto(`${url}/p/still-empty`);
  await expect(sentence(page)).toContainText("Still empty is being set up: 0 of 3 steps done.");
  await expect(page.getByText(`${url}/api/v1/releases`)).toBeVisible();
  await page.getByRole("button", { name: "Create a token" }).click();
  await expect(page.getByText(/-H "Authorization: Bearer sbk_/).first()).toBeVisible();
  const token = await page.getByText(/^sbk_/).first().textContent();
  const release = await page.request.post(`${url}/api/v1/releases`, {
    data: { application: "still-empty", author: "ana", components: { prompt: "answer@1.0", model: "small@1" } },
    headers: { authorization: `Bearer ${token ?? ""}` },
  });
  const { releaseId } = (await release.json()) as { releaseId: string };
  await expect(sentence(page)).toContainText("1 of 3 steps done");
  await page.getByRole("button", { name: `Point production at ${releaseId}` }).click();
  await expect(sentence(page)).toContainText("2 of 3 steps done");
  await page.getByRole("tab", { name: "OpenTelemetry Python" }).click();
  await expect(page.getByText(`"switchback.release.id": "${releaseId}"`)).toBeVisible();
  await page.request.post(`${url}/api/v1/requests`, {
    data: { requests: [{ requestId: "first-request", application: "still-empty", releaseId, status: "ok" }] },
    headers: { authorization: `Bearer ${token ?? ""}` },
  });
  await expect(sentence(page)).not.toContainText("is being set up");
});

test("who may not act is told which role it takes", async ({ browser, signedIn }) => {
  const { url } = installation();
  const viewer = {
    email: "viewer@deploybuddy.example",
    name: "Vera",
    password: "only-looks-at-things",
    role: "viewer",
  };
  const made = await signedIn.request.post(`${url}/api/trpc/members.create`, {
    data: viewer,
    headers: { origin: url },
  });
  expect(made.ok(), await made.text()).toBe(true);
  const context = await browser.newContext();
  const page = await context.newPage();
  await signIn(page, viewer);
  await page.goto(`${url}${HOME}`);
  await expect(page.getByText("Needs the role on-call; you are viewer").first()).toBeVisible();
  await page.goto(`${url}/settings/tokens`);
  await expect(page.getByRole("heading", { name: "Tokens: not allowed" })).toBeVisible();
  await context.close();
});
