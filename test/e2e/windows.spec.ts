/** "What differs in this window?": marked by mouse, by keys and by typing; and the baseline that a key chooses. */
import { expect, type Page } from "@playwright/test";
import { APPLICATION, focusFirstRow, installation, sentence, test } from "./installation";

const HOME = `/p/${APPLICATION}`;

async function openCompare(page: Page) {
  const { url, rolloutId } = installation();
  await page.goto(`${url}${HOME}/compare?rollout=${rolloutId}`);
  // The story's rollback, wherever in it this test begins.
  await expect(sentence(page)).toContainText("rolled back", { timeout: 120_000 });
  const reader = page.getByRole("slider").first();
  await reader.scrollIntoViewIfNeeded();
  return { reader, card: page.locator("section").filter({ hasText: "What differs in this window?" }).last() };
}

test("a drag over a chart marks a window, and the answer ranks its segments", async ({ signedIn: page }) => {
  const { reader, card } = await openCompare(page);
  const plot = reader.locator("xpath=..");
  await expect(plot.locator("svg").first()).toBeVisible();
  await expect(async () => {
    const box = await plot.boundingBox();
    if (box === null) throw new Error("the chart is not laid out");
    await page.mouse.move(box.x + box.width * 0.15, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2, { steps: 5 });
    await page.mouse.move(box.x + box.width * 0.7, box.y + box.height / 2, { steps: 5 });
    await page.mouse.up();
    await expect(page).toHaveURL(/spanFrom=.+spanTo=/, { timeout: 2_000 });
  }).toPass();
  await expect(card.getByRole("status")).not.toBeEmpty();
  await expect(card.getByLabel("From (UTC)")).toHaveValue(/^\d\d:\d\d:\d\d UTC$/);
});

test("where the limit was broken, us-west is named with its share", async ({ signedIn: page }) => {
  const { card } = await openCompare(page);
  await card.getByRole("button", { name: "Where the limit was broken" }).click();
  await expect(card.getByRole("status")).toContainText(/above all in region=us-west \(task completion rate, \d+ %/);
  await expect(card.getByRole("table", { name: "Segments, the worst first" })).toContainText("concentrated here");
  await card.getByRole("button", { name: "Clear" }).click();
  await expect(page).not.toHaveURL(/spanFrom/);
});

test("Shift and the arrows mark a window, and typed times are checked", async ({ signedIn: page }) => {
  const { reader, card } = await openCompare(page);
  await reader.focus();
  await page.keyboard.press("End");
  await page.keyboard.down("Shift");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await expect(page.locator("output[aria-live=polite]").filter({ hasText: "Marked" })).toContainText("UTC");
  await page.keyboard.up("Shift");
  await expect(page).toHaveURL(/spanFrom=.+spanTo=/);
  await card.getByLabel("From (UTC)").fill("yesterday");
  await card.getByRole("button", { name: "Show what differs" }).click();
  await expect(card.getByRole("alert")).toContainText("Two times are needed");
});

test("b goes to the baseline, and another one changes what the manifest shows", async ({ signedIn: page }) => {
  await page.goto(`${installation().url}${HOME}/releases`);
  await focusFirstRow(page, page.locator("a[data-row-link]"));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/releases\/[0-9a-f]{10}$/);
  const baseline = page.getByLabel("Baseline");
  await expect(async () => {
    await page.keyboard.press("b");
    await expect(baseline).toBeFocused({ timeout: 500 });
  }).toPass();
  await expect(baseline.locator("option")).not.toHaveCount(1);
  await baseline.selectOption({ index: 1 });
  await expect(page).toHaveURL(/baseline=[0-9a-f]{10}/);
  await page.reload();
  await expect(baseline).not.toHaveValue("");
});
