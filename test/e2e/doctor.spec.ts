/** The intake doctor in a browser: an example is explained, a broken payload refused in words, markup stays text. */
import AxeBuilder from "@axe-core/playwright";
import { expect } from "@playwright/test";
import { APPLICATION, brokenPage, installation, sentence, test } from "./installation";

const DOCTOR = `/p/${APPLICATION}/doctor`;

test("an example is explained field by field, with what is missing and what to do", async ({ signedIn: page }) => {
  await page.goto(`${installation().url}${DOCTOR}`);
  await page.getByRole("button", { name: "LiteLLM" }).click();
  await expect(sentence(page)).toContainText("This record would become a request.");
  await expect(page.getByText(/The first token comes after the end/).first()).toBeVisible();
  const fields = page.getByRole("table", { name: "Fields of record 1" });
  await expect(fields.getByRole("row").filter({ hasText: "litellm.metadata.release_id" })).toContainText("698df6d7ad");
  await expect(page.getByRole("heading", { name: "Missing" })).toBeVisible();
  await expect(page.getByText("Keys looked for").first()).toBeVisible();
  await page.getByRole("button", { name: "GenAI conventions" }).click();
  await expect(sentence(page)).toContainText("Of 3 records 1 would become a request, 2 would be passed over");
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html ?? ""}`)).toEqual([]);
});

test("markup in a payload is shown as text", async ({ signedIn: page }) => {
  await page.goto(`${installation().url}${DOCTOR}`);
  const markup = "<img src=x onerror=document.title='owned'>";
  const record = { requestId: markup, application: APPLICATION, region: markup };
  await page.getByLabel("Payload, as JSON").fill(JSON.stringify(record));
  await page.getByRole("button", { name: "Explain" }).click();
  await expect(page.getByRole("cell", { name: markup }).first()).toBeVisible();
  expect(await page.locator("main img").count()).toBe(0);
  expect(await page.title()).not.toBe("owned");
});

test("what is no telemetry is refused in words, and the empty field says what to do", async ({ signedIn }) => {
  const page = await brokenPage(signedIn);
  await page.goto(`${installation().url}${DOCTOR}`);
  await expect(page.getByText("Paste something, or try one of the examples")).toBeVisible();
  await page.getByLabel("Payload, as JSON").fill("hello");
  const refused = page.waitForResponse((response) => response.url().includes("intake.doctor"));
  await page.getByRole("button", { name: "Explain" }).click();
  expect((await refused).status()).toBe(400);
  await expect(page.getByText(/the body cannot be read/)).toBeVisible();
  await page.context().close();
});

test("two keys lead there, and the Telemetry page leads there too", async ({ signedIn: page }) => {
  await page.goto(`${installation().url}/p/${APPLICATION}`);
  await expect(sentence(page)).toBeVisible();
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  await expect(page).toHaveURL(/\/telemetry$/);
  await page.getByRole("link", { name: "See what becomes of a payload" }).click();
  await expect(page).toHaveURL(/\/doctor$/);
});
