/** The feature view of the story: what it was evaluated with is not what is served, and the page says where and since when. */
import { expect } from "@playwright/test";
import { APPLICATION, call, installation, sentence, test } from "./installation";

const HOME = `/p/${APPLICATION}`;

test("the break is read out with its cause, the requests that carried it, and the releases it is in", async ({
  signedIn: page,
}) => {
  await page.goto(`${installation().url}${HOME}`);
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await expect(page).toHaveURL(/\/parity$/);
  await expect(sentence(page)).toContainText("Feature view releases@5 is served otherwise than it was evaluated");
  await expect(sentence(page)).toContainText("normalize is l2 offline and none online");
  const card = page.locator("section").filter({ has: page.getByRole("heading", { name: "releases@5" }) });
  await expect(card.getByText("Sides differ")).toBeVisible();
  await expect(card.getByText("ce667443").first()).toBeVisible();
  await expect(card.getByText("Not as evaluated").first()).toBeVisible();
  await expect(card.getByRole("row", { name: /online.*660645c4.*Different/ })).toBeVisible();
  await expect(card.getByText("Candidate requests carried")).toBeVisible();
  await card.getByRole("link").first().click();
  await expect(page).toHaveURL(/\/releases\/[0-9a-f]{10}$/);
});

test("an evaluation set is checked for the future, and one of its values is looked up", async ({ signedIn: page }) => {
  const application = "parity-drill";
  const view = `/api/v1/applications/${application}/feature-views/releases`;
  const before = { value: 5, timestamp: "2026-04-10T09:00:00Z" };
  const after = { value: 8, timestamp: "2026-04-11T09:00:00Z" };
  const row = { entity: "service=payments", time: "2026-04-10T12:00:00Z" };
  await call(page.request, { method: "PUT", path: view, data: { ttl: "24h", transformation: { normalize: "l2" } } });
  const rows = [before, after].map((failure_count) => ({ ...row, features: { failure_count } }));
  await call(page.request, { method: "POST", path: `${view}/evaluation-sets`, data: { suite: "golden", rows } });
  await page.goto(`${installation().url}/p/${application}/parity`);
  await expect(sentence(page)).toContainText(
    "The evaluation of feature view releases saw the future: 1 value of suite golden",
  );
  await page.getByText("Look a value up at a point in time").click();
  await page.getByLabel("Entity").fill("service=payments");
  await page.getByLabel("Instant, or a request’s id").fill("2026-04-10T12:00:00Z");
  await page.getByRole("button", { name: "Look up" }).click();
  await expect(page.getByText("2026-04-10 09:00:00 UTC")).toBeVisible();
});
