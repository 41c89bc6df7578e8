/** A rollout that waits for a person: the approval beside its evidence, and two people who see one truth. */
import { expect } from "@playwright/test";
import { pausedRollout } from "./drill";
import { brokenPage, installation, test } from "./installation";

test("a paused rollout is approved with a reason, and another browser sees it without a reload", async ({
  browser,
  signedIn: page,
}) => {
  const { url } = installation();
  const rolloutId = await pausedRollout(page.request, "approval-drill");
  const address = `${url}/p/approval-drill/rollouts/${rolloutId}`;
  const other = await browser.newContext({ storageState: await page.context().storageState() });
  const second = await other.newPage();
  await second.goto(address);
  await page.goto(address);
  await expect(page.getByText("Paused for review").first()).toBeVisible();
  const approve = page.getByRole("button", { name: "Approve" });
  // It cannot be pressed without a reason, and says so.
  await expect(page.getByText("A reason is needed")).toBeVisible();
  await expect(approve).toHaveAttribute("aria-disabled", "true");
  await page.getByLabel("Reason").fill("the golden set is fine");
  await page.getByLabel("Reason").blur();
  // Keys go to an answer and do not give it.
  await page.keyboard.press("r");
  await expect(page.getByRole("button", { name: "Reject" })).toBeFocused();
  await page.keyboard.press("a");
  await expect(approve).toBeFocused();
  await expect(page.getByText("Paused for review").first()).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByText("Approved").first()).toBeVisible();
  await expect(page.getByText("the golden set is fine").first()).toBeVisible();
  await expect(second.getByText("the golden set is fine").first()).toBeVisible({ timeout: 10_000 });
  await expect(second.getByRole("button", { name: "Approve" })).toHaveCount(0);
  await other.close();
});

test("two people who answer at once: one answer holds, and both see the same", async ({ browser, signedIn }) => {
  const { url } = installation();
  // Either may be the one whose answer is refused.
  const page = await brokenPage(signedIn);
  const rolloutId = await pausedRollout(page.request, "two-at-once");
  const other = await browser.newContext({ storageState: await page.context().storageState() });
  const second = await other.newPage();
  const both = [page, second] as const;
  for (const each of both) {
    await each.goto(`${url}/p/two-at-once/rollouts/${rolloutId}`);
    await each.getByLabel("Reason").fill(each === page ? "good enough" : "not good enough");
  }
  await Promise.all([
    page.getByRole("button", { name: "Approve" }).click(),
    second.getByRole("button", { name: "Reject" }).click(),
  ]);
  const answer = await page.request.get(`${url}/api/v1/rollouts/${rolloutId}`);
  const { state } = (await answer.json()) as { state: string };
  expect(["canary", "rejected"]).toContain(state);
  const [word, opposite] = state === "canary" ? ["Canary", "Rejected"] : ["Rejected", "Canary"];
  for (const each of both) {
    await expect(each.getByText(word, { exact: true }).first()).toBeVisible();
    await expect(each.getByText(opposite, { exact: true })).toHaveCount(0);
    await expect(each.getByRole("button", { name: "Approve" })).toHaveCount(0);
  }
  await other.close();
});

test("a paused rollout is rejected from a phone", async ({ browser, signedIn }) => {
  const rolloutId = await pausedRollout(signedIn.request, "phone-drill");
  const context = await browser.newContext({
    storageState: await signedIn.context().storageState(),
    viewport: { width: 390, height: 844 },
  });
  const page = await context.newPage();
  await page.goto(`${installation().url}/p/phone-drill/rollouts`);
  await page.locator(`[data-row-link][href$="${rolloutId}"]`).click();
  await page.getByLabel("Reason").fill("not tonight");
  const reject = page.getByRole("button", { name: "Reject" });
  expect((await reject.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  await reject.click();
  await expect(page.getByText("Rejected").first()).toBeVisible();
  await context.close();
});
