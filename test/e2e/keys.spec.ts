/** Everything by keyboard: going places, the palette, rows, zones, charts, the dialog that gives its focus back. */
import { expect } from "@playwright/test";
import { APPLICATION, focusFirstRow, installation, sentence, test } from "./installation";

const HOME = `/p/${APPLICATION}`;

test("two keys go to a page, and the sheet lists them", async ({ signedIn: page }) => {
  await page.goto(`${installation().url}${HOME}`);
  await expect(sentence(page)).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("r");
  await expect(page).toHaveURL(/\/releases$/);
  await expect(page.getByRole("heading", { name: "Releases" })).toBeVisible();
  await page.keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Keys" });
  await expect(sheet).toContainText("Go to Audit");
  // No key fires behind a dialog.
  await page.keyboard.press("g");
  await page.keyboard.press("o");
  await expect(page).toHaveURL(/\/releases$/);
  await page.keyboard.press("Escape");
  await expect(sheet).toBeHidden();
});

test("keys can be switched off, and never fire while typing", async ({ signedIn: page }) => {
  await page.goto(`${installation().url}${HOME}/releases`);
  const field = page.getByLabel("Id, commit, author, label or component");
  await field.fill("");
  await field.pressSequentially("go?");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.goto(`${installation().url}/settings`);
  await page.getByRole("button", { name: "Turn single keys off" }).click();
  await page.goto(`${installation().url}${HOME}`);
  await expect(sentence(page)).toBeVisible();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("the palette resolves a pasted release id and runs commands", async ({ signedIn: page }) => {
  await page.goto(`${installation().url}${HOME}`);
  await expect(sentence(page)).toBeVisible();
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Search and commands" });
  await expect(palette).toBeVisible();
  await page.keyboard.type("bc52d0acaa");
  await expect(palette.getByRole("button", { name: "Release bc52d0acaa" })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/releases\/bc52d0acaa$/);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("go to aud");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/audit$/);
});

test("j and k move through rows, Enter opens one", async ({ signedIn: page }) => {
  await page.goto(`${installation().url}${HOME}/releases`);
  await focusFirstRow(page, page.locator("[data-row-link]"));
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await expect(page.locator("[data-row-link]").first()).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/releases\/[0-9a-f]{10}$/);
});

test("t writes every time in local time and back", async ({ browser, signedIn }) => {
  const context = await browser.newContext({
    storageState: await signedIn.context().storageState(),
    timezoneId: "Asia/Kolkata",
  });
  const page = await context.newPage();
  await page.goto(`${installation().url}${HOME}/audit/11`);
  const time = page.locator("main time").first();
  await expect(time).toContainText("UTC");
  await page.keyboard.press("t");
  await expect(time).toContainText("UTC+5:30");
  await page.keyboard.press("t");
  await expect(time).not.toContainText("UTC+5:30");
  await context.close();
});

test("Shift+R opens the rollback panel with the reason in focus; Escape changes nothing and gives focus back", async ({
  signedIn: page,
}) => {
  await page.goto(`${installation().url}${HOME}`);
  await expect(sentence(page)).toBeVisible();
  await page.keyboard.press("Shift+R");
  const dialog = page.getByRole("dialog", { name: "Roll back production" });
  await expect(dialog.getByLabel("Reason")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
});

test("a chart is read with arrows, and shown as a table", async ({ signedIn: page }) => {
  const { url, rolloutId } = installation();
  await page.goto(`${url}${HOME}/compare?rollout=${rolloutId}`);
  const reader = page.getByRole("slider").first();
  await reader.focus();
  await page.keyboard.press("Home");
  const spoken = page.locator("output[aria-live=polite]").filter({ hasText: "control" });
  await expect(spoken).toContainText(/UTC: candidate/);
  const first = await spoken.textContent();
  await page.keyboard.press("ArrowRight");
  await expect(spoken).not.toHaveText(first ?? "");
  await page
    .getByRole("button", { name: /as a table/ })
    .first()
    .click();
  await expect(page.getByRole("table", { name: /by window/ }).first()).toBeVisible();
});

test("x chooses releases, c compares them, and ] goes on to the next of the list", async ({ signedIn: page }) => {
  await page.goto(`${installation().url}${HOME}/releases`);
  const rows = page.locator("a[data-row-link]");
  await focusFirstRow(page, rows);
  for (const key of ["x", "j", "x"]) await page.keyboard.press(key);
  await expect(page.getByRole("link", { name: "Compare the two" })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/releases\/[0-9a-f]{10}$/);
  const second = page.url();
  await page.keyboard.press("[");
  await expect(page).not.toHaveURL(second);
  await page.keyboard.press("]");
  await expect(page).toHaveURL(second);
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/\/releases$/);
  await focusFirstRow(page, rows);
  for (const key of ["x", "j", "x", "c"]) await page.keyboard.press(key);
  await expect(page).toHaveURL(/\/compare\?candidate=/);
});

test("new requests wait until they are asked for", async ({ signedIn: page }) => {
  await page.goto(`${installation().url}${HOME}/requests`);
  const first = await page.locator("a[data-row-link]").first().getAttribute("href");
  const show = page.getByRole("button", { name: /new · show/ });
  await expect(show).toBeVisible({ timeout: 30_000 });
  await expect(page.locator("a[data-row-link]").first()).toHaveAttribute("href", first ?? "");
  await show.click();
  await expect(page.locator("a[data-row-link]").first()).not.toHaveAttribute("href", first ?? "");
});

test("the list is narrowed by a value and its count, and by a time in words", async ({ signedIn: page }) => {
  await page.goto(`${installation().url}${HOME}/requests`);
  const west = page.getByRole("complementary", { name: "Values" }).getByRole("button", { name: /us-west/ });
  await west.click();
  await expect(west).toHaveAttribute("aria-pressed", "true");
  await expect(page).toHaveURL(/segment=region%3Dus-west|segment=region=us-west/);
  await page.getByLabel("Find").fill("no-such-value 03:50");
  await page.keyboard.press("Enter");
  await expect(page.getByText("“no-such-value” is no value of this list")).toBeVisible();
});
