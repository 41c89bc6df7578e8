/** Rehearsing the rollback, from the page that starts it to the time that it took. */
import { expect } from "@playwright/test";
import { APPLICATION, installation, sentence, test } from "./installation";

const HOME = `/p/${APPLICATION}`;
const REHEARSAL = `/p/rehearsal-of-${APPLICATION}`;

test("a rehearsal is started, paused by its policy, rolled back by key, and timed", async ({ signedIn: page }) => {
  test.setTimeout(240_000);
  const { url } = installation();
  await page.goto(`${url}${HOME}/drill`);
  const start = page.getByRole("button", { name: /Start a rehearsal|Start over/ });
  await expect(async () => {
    await start.click();
    await expect(page).toHaveURL(new RegExp(`${REHEARSAL}/rollouts/`), { timeout: 3_000 });
  }).toPass();
  await expect(page.getByText("No gateway serves this application and its requests are simulated")).toBeVisible();
  // Its policy finds what is broken and leaves the decision to the person.
  await expect(sentence(page)).toContainText("is paused", { timeout: 120_000 });
  await page.keyboard.press("Shift+R");
  const dialog = page.getByRole("dialog", { name: "Roll back production" });
  await expect(dialog.getByText("Rehearsal: no gateway serves it")).toBeVisible();
  await expect(dialog.getByLabel("Reason")).toHaveValue(/task completion rate is [\d.]+ %, below the limit of 90 %/);
  await page.keyboard.press("Enter");
  await expect(dialog.getByText("What follows is being watched")).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Back to the rehearsals" }).click();
  await expect(page).toHaveURL(new RegExp(`${HOME}/drill$`));
  await expect(sentence(page)).toContainText(/^Last rehearsed \d+ s ago by .+: (\d+ min )?\d+ s from the start/);
  await expect(page.getByRole("table", { name: "Rehearsals, newest first" })).toContainText("Rolled back");
});

test("no figure of the real application counts a rehearsal, and none of the rehearsal's own", async ({
  signedIn: page,
}) => {
  const { url } = installation();
  await page.goto(`${url}${REHEARSAL}`);
  await expect(page.getByText("nothing has changed")).toBeVisible();
  await page.goto(`${url}/`);
  // The way in leads to what people are served by.
  await expect(page).not.toHaveURL(/rehearsal-of/);
});
