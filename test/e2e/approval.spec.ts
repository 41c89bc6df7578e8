/** A rollout that waits for a person: the approval beside its evidence, and two people who see one truth. */
import { expect, type APIRequestContext } from "@playwright/test";
import { call, installation, test } from "./installation";

const APPLICATION = "approval-drill";

/** A rollout whose first step asks one person, who may be the one that started it. */
async function pausedRollout(request: APIRequestContext): Promise<string> {
  const register = async (prompt: string): Promise<unknown> => {
    const data = { application: APPLICATION, components: { prompt, model: "small@1" } };
    return (await call(request, { method: "POST", path: "/api/v1/releases", data }))["releaseId"];
  };
  const good = await register(`answer@${Date.now()}`);
  const candidate = await register(`answer@${Date.now() + 1}`);
  await call(request, {
    method: "PUT",
    path: `/api/v1/applications/${APPLICATION}/aliases/production`,
    data: { releaseId: good, reason: "first release" },
  });
  await call(request, {
    method: "PUT",
    path: "/api/v1/policies/approval-drill",
    data: {
      name: "approval-drill",
      allow_self_approval: true,
      thresholds: { error_rate: { max: 0.05, window: "5m", action: "rollback" } },
      steps: [{ approval: { required: 1 } }, { canary: "10%", min_duration: "1h" }],
    },
  });
  const data = { application: APPLICATION, alias: "production", candidate, policy: "approval-drill" };
  return String((await call(request, { method: "POST", path: "/api/v1/rollouts", data }))["id"]);
}

test("a paused rollout is approved with a reason, and another browser sees it without a reload", async ({
  browser,
  signedIn: page,
}) => {
  const { url } = installation();
  const rolloutId = await pausedRollout(page.request);
  const address = `${url}/p/${APPLICATION}/rollouts/${rolloutId}`;
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
  await approve.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByText("Approved").first()).toBeVisible();
  await expect(page.getByText("the golden set is fine").first()).toBeVisible();
  await expect(second.getByText("the golden set is fine").first()).toBeVisible({ timeout: 10_000 });
  await expect(second.getByRole("button", { name: "Approve" })).toHaveCount(0);
  await other.close();
});

test("a paused rollout is rejected from a phone", async ({ browser, signedIn }) => {
  const rolloutId = await pausedRollout(signedIn.request).catch(async (error: unknown) => {
    // The rollout of the test before is still live: end it first.
    const list = await signedIn.request.get(`${installation().url}/api/v1/rollouts?application=${APPLICATION}`);
    const { items } = (await list.json()) as { items: { id: string; state: string }[] };
    const live = items.find((item) => item.state === "canary");
    if (live === undefined) throw error;
    const data = { reason: "drill over" };
    await call(signedIn.request, { method: "POST", path: `/api/v1/rollouts/${live.id}/abort`, data });
    return pausedRollout(signedIn.request);
  });
  const context = await browser.newContext({
    storageState: await signedIn.context().storageState(),
    viewport: { width: 390, height: 844 },
  });
  const page = await context.newPage();
  await page.goto(`${installation().url}/p/${APPLICATION}/rollouts`);
  await page.locator(`[data-row-link][href$="${rolloutId}"]`).click();
  await page.getByLabel("Reason").fill("not tonight");
  const reject = page.getByRole("button", { name: "Reject" });
  expect((await reject.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  await reject.click();
  await expect(page.getByText("Rejected").first()).toBeVisible();
  await context.close();
});
