/** What every browser test needs: where the installation is, and a signed-in page. */
import { readFileSync } from "node:fs";
import { expect, test as base, type APIRequestContext, type Locator, type Page } from "@playwright/test";
import { INSTALLATION_VARIABLE, type Installation } from "./start-demo";

export const APPLICATION = "deploy-assistant";

function installationFile(): string {
  const file = process.env[INSTALLATION_VARIABLE];
  if (file === undefined) throw new Error(`${INSTALLATION_VARIABLE} is not set: the global set-up starts the demo`);
  return file;
}

/** The running demo. */
export function installation(): Installation {
  return JSON.parse(readFileSync(installationFile(), "utf8")) as Installation;
}

/**
 * Signs in through the form, as the demo's administrator unless another person is given: who is asked to wait, because
 * others signed in just now, waits.
 */
export async function signIn(page: Page, as?: { email: string; password: string }): Promise<void> {
  const { url, ...administrator } = installation();
  const { email, password } = as ?? administrator;
  await expect(async () => {
    await page.goto(`${url}/sign-in`);
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page).not.toHaveURL(/\/sign-in/, { timeout: 5_000 });
  }).toPass({ timeout: 60_000, intervals: [5_000] });
}

/** Sends one control call as the signed-in person. */
export async function call(
  request: APIRequestContext,
  given: { method: "PUT" | "POST"; path: string; data: object },
): Promise<Record<string, unknown>> {
  const { url } = installation();
  const response = await request.fetch(`${url}${given.path}`, {
    method: given.method,
    data: given.data,
    headers: { origin: url },
  });
  expect(response.ok(), `${given.path}: ${response.status()} ${await response.text()}`).toBe(true);
  return (await response.json()) as Record<string, unknown>;
}

/** Goes to the list's first row by key; keys work once the page's script has started. */
export async function focusFirstRow(page: Page, rows: Locator): Promise<void> {
  await expect(rows.first()).toBeVisible();
  await expect(async () => {
    await page.keyboard.press("j");
    await expect(rows.first()).toBeFocused({ timeout: 500 });
  }).toPass();
}

/** Until the page's script listens: a key that is pressed before is nobody's. */
async function started(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const main = document.querySelector("main");
    return main === null || Object.keys(main).some((key) => key.startsWith("__reactFiber$"));
  });
  // React's effects are behind this in the queue of messages.
  await page.evaluate(
    async () =>
      new Promise<void>((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve();
        port2.postMessage(0);
      }),
  );
}

/** The page's one sentence. */
export function sentence(page: Page) {
  return page.getByRole("heading", { level: 1 });
}

/** A signed-in page of its own, whose console may complain: for tests that break connections or are refused. */
export async function brokenPage(page: Page): Promise<Page> {
  const context = await page
    .context()
    .browser()
    ?.newContext({ storageState: await page.context().storageState() });
  if (context === undefined) throw new Error("no browser");
  return context.newPage();
}

/** A test whose page is signed in (once per run: sign-in is throttled), and that fails on errors in the browser's console. */
export const test = base.extend<{ signedIn: Page }, { session: string }>({
  session: [
    async ({ browser }, use) => {
      const context = await browser.newContext();
      await signIn(await context.newPage());
      const path = `${installationFile()}.session`;
      await context.storageState({ path });
      await context.close();
      await use(path);
    },
    { scope: "worker" },
  ],
  signedIn: async ({ browser, session, colorScheme, viewport }, use) => {
    const context = await browser.newContext({ storageState: session, colorScheme, viewport });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    const goto = page.goto.bind(page);
    page.goto = async (...given) => {
      const response = await goto(...given);
      if (response?.ok() === true) await started(page);
      return response;
    };
    await use(page);
    await context.close();
    expect(complaints, "errors in the browser").toEqual([]);
  },
});
