/** The five minutes after a breach, in a browser, while the demo plays them: see it, compare, trace, verify, go back. */
import { expect } from "@playwright/test";
import { APPLICATION, installation, sentence, signIn, test } from "./installation";

const HOME = `/p/${APPLICATION}`;

test.describe.configure({ mode: "serial" });

test("nobody sees anything without signing in, and a wrong password is said to be wrong", async ({ page }) => {
  const { url, email } = installation();
  await page.goto(`${url}${HOME}`);
  await expect(page).toHaveURL(/\/sign-in/);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("E-mail and password do not match.")).toBeVisible();
  await signIn(page);
  await expect(page).toHaveURL(new RegExp(HOME));
});

test("the overview shows the canary, and then the rollback, without a reload", async ({ signedIn: page }) => {
  await page.goto(`${installation().url}${HOME}`);
  await expect(page.getByRole("navigation", { name: "Pages" }).first()).toBeVisible();
  await expect(sentence(page)).toContainText("production was rolled back from", { timeout: 110_000 });
  await expect(sentence(page)).toContainText("task completion rate");
  await expect(sentence(page)).toContainText("region=us-west");
});

test("the comparison says why, shows the region and what got better all the same", async ({ signedIn: page }) => {
  const { url, rolloutId } = installation();
  await page.goto(`${url}${HOME}/compare?rollout=${rolloutId}`);
  await expect(sentence(page)).toContainText("below the limit of 91 % over 1m in region=us-west");
  await expect(page.getByText("feature_view releases@4 → 5").first()).toBeVisible();
  // The README's picture is made here, when asked for: UPDATE_SCREENSHOTS=1 npm run test:e2e
  if (process.env["UPDATE_SCREENSHOTS"] === "1") await page.screenshot({ path: "docs/images/compare.png" });
  await page.getByRole("tab", { name: /Segments/ }).click();
  const west = page.getByRole("row", { name: /us-west/ });
  await expect(west).toContainText(/Breach/i);
  await page.getByRole("tab", { name: /Policy/ }).click();
  await expect(page.getByText("Roll back when task completion rate is below 91 %", { exact: false })).toBeVisible();
});

test("one affected request leads to the manifest that served it and to what changed", async ({ signedIn: page }) => {
  const { url } = installation();
  await page.goto(`${url}${HOME}/requests?track=canary`);
  await page.getByLabel("Find").fill("region=us-west");
  await page.keyboard.press("Enter");
  const first = page.getByRole("row").filter({ hasText: "us-west" }).first();
  await expect(first).toBeVisible();
  await first.getByRole("link").first().click();
  await expect(page).toHaveURL(/\/requests\/live-/);
  await expect(sentence(page)).toContainText("releases");
  await expect(page.getByText("releases@5").first()).toBeVisible();
  await expect(page.getByText("660645c4").first()).toBeVisible();
  await expect(page.getByText("ce667443").first()).toBeVisible();
  await expect(page.getByText("recent_failure_count").first()).toBeVisible();
});

test("the audit log is verified in the browser", async ({ signedIn: page }) => {
  await page.goto(`${installation().url}${HOME}/audit`);
  await page.getByRole("button", { name: "Verify in this browser" }).click();
  await expect(page.getByRole("region", { name: "Verification" })).toContainText(/verified|holds|unbroken/i);
  await expect(page.getByRole("row").filter({ hasText: "alias.rolled_back" }).first()).toBeVisible();
});

test("production goes back by keyboard alone, and the page follows the traffic", async ({ signedIn: page }) => {
  await page.goto(`${installation().url}${HOME}`);
  await page
    .getByRole("link", { name: /Roll back/ })
    .or(page.getByRole("button", { name: /Roll back/ }))
    .first()
    .focus();
  await page.keyboard.press("Enter");
  const reason = page.getByLabel("Reason");
  await expect(reason).toBeVisible();
  await reason.fill("drill: going back one release by hand");
  const button = page.getByRole("button", { name: /^Roll back production to 3a6d3e6/ });
  await expect(button).toBeEnabled();
  await button.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByText(/Alias moved/i).first()).toBeVisible();
  await expect(page.getByText("3a6d3e6").first()).toBeVisible();
});
