/** A policy is edited, corrected at the line that is wrong, replayed and published; what loosens a rule needs a second person. */
import { expect, type Page } from "@playwright/test";
import { APPLICATION, installation, sentence, signIn, test } from "./installation";

const SECOND = { email: "second@example.org", password: "a-second-pair-of-eyes" };

/** The draft's text. */
const draft = (page: Page) => page.getByLabel("Policy, YAML or JSON");

async function open(page: Page, name: string, tab: string): Promise<void> {
  await page.goto(`${installation().url}/p/${APPLICATION}/policies/${name}?tab=${tab}`);
  await expect(sentence(page)).toBeVisible();
}

test("two keys lead to the policies, and a row to one of them", async ({ signedIn: page }) => {
  await page.goto(`${installation().url}/p/${APPLICATION}`);
  await expect(sentence(page)).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("l");
  await expect(page).toHaveURL(/\/policies$/);
  await page.getByRole("link", { name: "deploybuddy" }).click();
  await expect(sentence(page)).toContainText("of deploybuddy is in force");
  await expect(page.getByText("Roll back when").first()).toBeVisible();
});

test("a draft is corrected where it is wrong, replayed on what has been, and published", async ({ signedIn: page }) => {
  const name = `journey-${Date.now()}`;
  const put = await page.request.put(`${installation().url}/api/v1/policies/${name}`, {
    data: { thresholds: { error_rate: { max: 0.03, action: "rollback" } } },
    headers: { origin: installation().url },
  });
  expect(put.ok()).toBe(true);
  await open(page, name, "edit");
  await expect(page.getByText("is valid")).toBeVisible();
  const publish = page.getByRole("button", { name: `Publish ${name}` });
  const text = (action: string): string =>
    `thresholds:\n  error_rate: { max: 0.02, window: 5m, action: ${action} }\nsteps:\n  - { canary: 10%, min_requests: 50 }\n`;
  await draft(page).fill(text("explode"));
  await page.getByRole("button", { name: "Line 2, column 48" }).click();
  // The caret is where the fault is.
  await expect(draft(page)).toBeFocused();
  expect(await draft(page).evaluate((area: HTMLTextAreaElement) => area.selectionStart)).toBe(
    text("explode").indexOf("explode"),
  );
  await expect(publish).toHaveAttribute("aria-disabled", "true");
  await expect(page.getByText("It is not valid yet").first()).toBeVisible();
  await draft(page).fill(text("rollback"));
  await expect(page.getByText("Roll back when error rate is above 2 %").first()).toBeVisible();

  await page.getByRole("button", { name: "Replay", exact: true }).click();
  const replay = page.getByRole("table", { name: "Replay" });
  await expect(replay.getByRole("row").nth(1)).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText("This draft", { exact: true }).first()).toBeVisible();

  await expect(page.getByText("A reason is needed").first()).toBeVisible();
  await page.getByLabel("Reason").fill("stricter, after the night of 12 April");
  await publish.click();
  await expect(sentence(page)).toContainText(`Version 2 of ${name} is in force`);
});

test("what loosens a rollback rule waits until another person approves it", async ({ browser, signedIn: page }) => {
  const { url } = installation();
  const name = `loosened-${Date.now()}`;
  const made = await page.request.post(`${url}/api/trpc/members.create`, {
    data: { ...SECOND, name: "Second Manager", role: "release_manager" },
    headers: { origin: url },
  });
  expect(made.ok(), await made.text()).toBe(true);
  const put = await page.request.put(`${url}/api/v1/policies/${name}`, {
    data: { thresholds: { error_rate: { max: 0.02, action: "rollback" } } },
    headers: { origin: url },
  });
  expect(put.ok()).toBe(true);

  await open(page, name, "edit");
  // What is typed before the page is alive would be lost.
  await expect(page.getByText("is valid")).toBeVisible();
  const before = await draft(page).inputValue();
  await draft(page).fill(before.replace("0.02", "0.05"));
  await expect(page.getByText("error rate: rolls back when above 5 %, no longer when above 2 %.")).toBeVisible();
  await page.getByLabel("Reason").fill("too strict at night");
  await page.getByRole("button", { name: `Propose ${name} for approval` }).click();
  await expect(sentence(page)).toContainText("waits for another person; version 1 is in force");
  await expect(page.getByText("You put it: somebody else has to approve it").first()).toBeVisible();

  const context = await browser.newContext();
  const other = await context.newPage();
  await signIn(other, SECOND);
  await other.goto(`${url}/p/${APPLICATION}/policies`);
  await other.getByRole("link", { name }).click();
  await expect(other.getByText("You may approve it.")).toBeVisible();
  await other.getByLabel("Reason").fill("agreed");
  await other.getByRole("button", { name: "Approve version 2" }).click();
  await expect(sentence(other)).toContainText(`Version 2 of ${name} is in force`);
  // The author sees it without a reload.
  await expect(sentence(page)).toContainText(`Version 2 of ${name} is in force`, { timeout: 20_000 });
  await context.close();
});
