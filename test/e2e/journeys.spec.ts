/** The five journeys of a night — see the breach, compare, trace, roll back, approve — by mouse, by keyboard, on a phone. */
import { expect, type Locator, type Page } from "@playwright/test";
import { pausedRollout, servedApplication } from "./drill";
import { APPLICATION, focusFirstRow, installation, sentence, test } from "./installation";

/** How somebody gets from one thing to the next. */
interface Hand {
  name: string;
  viewport: { width: number; height: number };
  /** Goes to a page of the application by its name in the navigation. */
  go: (page: Page, place: string) => Promise<void>;
  /** Opens the first row of the page's list. */
  openFirst: (page: Page, rows: Locator) => Promise<void>;
  /** Follows a link or presses a button. */
  press: (page: Page, control: Locator) => Promise<void>;
  type: (page: Page, field: Locator, text: string) => Promise<void>;
}

const pointer: Pick<Hand, "openFirst" | "press" | "type"> = {
  openFirst: (_, rows) => rows.first().click(),
  press: (_, control) => control.click(),
  type: (_, field, text) => field.fill(text),
};

/** Nothing but keys: Tab until it is reached, as somebody without a mouse does. */
async function tabTo(page: Page, control: Locator): Promise<void> {
  await expect(control).toBeVisible();
  for (let presses = 0; presses < 150; presses++) {
    if (await control.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("it cannot be reached with Tab");
}

const KEYS: Readonly<Record<string, string>> = { Rollouts: "w", Releases: "r", Requests: "q", Overview: "o" };

const HANDS: readonly Hand[] = [
  {
    ...pointer,
    name: "mouse",
    viewport: { width: 1440, height: 800 },
    go: (page, place) =>
      page
        .getByRole("navigation", { name: "Pages" })
        .getByRole("link", { name: new RegExp(`^${place}`) })
        .first()
        .click(),
  },
  {
    name: "keyboard",
    viewport: { width: 1440, height: 800 },
    go: async (page, place) => {
      await page.keyboard.press("g");
      await page.keyboard.press(KEYS[place] ?? "");
    },
    openFirst: async (page, rows) => {
      await focusFirstRow(page, rows);
      await page.keyboard.press("Enter");
    },
    press: async (page, control) => {
      await tabTo(page, control);
      await page.keyboard.press("Enter");
    },
    type: async (page, field, text) => {
      await tabTo(page, field);
      await page.keyboard.press("Control+a");
      await page.keyboard.type(text);
    },
  },
  {
    ...pointer,
    name: "phone",
    viewport: { width: 390, height: 844 },
    go: async (page, place) => {
      const bar = page.getByRole("navigation", { name: "Pages" }).last();
      const link = bar.getByRole("link", { name: new RegExp(`^${place}`) });
      if (!(await link.isVisible())) await bar.getByRole("button", { name: "More" }).click();
      await link.click();
    },
  },
];

async function noSidewaysScroll(page: Page): Promise<void> {
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(beyond).toBeLessThanOrEqual(0);
}

/** The row links of the page itself; the trace's table of others is no list to open first. */
function rowsOf(page: Page): Locator {
  return page.locator("main a[data-row-link]");
}

for (const hand of HANDS) {
  test.describe(hand.name, () => {
    test.use({ viewport: hand.viewport });

    test(`see the breach, compare, trace (${hand.name})`, async ({ signedIn: page }) => {
      await page.goto(`${installation().url}/p/${APPLICATION}`);
      // The story takes its time where these are the only tests of a run.
      await expect(sentence(page)).toContainText("rolled back", { timeout: 110_000 });
      await hand.openFirst(page, rowsOf(page));
      await expect(page).toHaveURL(/\/incidents\/inc_/);
      await expect(sentence(page)).toContainText("rolled back");
      await hand.go(page, "Rollouts");
      await expect(page.getByRole("heading", { name: "Rollouts" })).toBeVisible();
      await hand.openFirst(page, rowsOf(page));
      await hand.press(page, page.getByRole("link", { name: "Compare with control" }));
      await expect(page).toHaveURL(/\/compare\?/);
      await expect(sentence(page)).toContainText("below the limit of 91 %");
      await noSidewaysScroll(page);
      await hand.press(page, page.getByRole("link", { name: "The candidate’s requests" }));
      await expect(page).toHaveURL(/\/requests\?/);
      await hand.openFirst(page, rowsOf(page));
      await expect(page).toHaveURL(/\/requests\/live-/);
      await expect(sentence(page)).toContainText("releases@4 → releases@5");
      await noSidewaysScroll(page);
    });

    test(`roll back (${hand.name})`, async ({ signedIn: page }) => {
      const application = `going-back-${hand.name}`;
      const { good } = await servedApplication(page.request, application);
      await page.goto(`${installation().url}/p/${application}/releases/${good}`);
      await hand.press(page, page.getByRole("button", { name: /Roll back to this/ }));
      await hand.type(page, page.getByLabel("Reason"), "the drill goes back");
      const button = page.getByRole("button", { name: `Roll back production to ${good.slice(0, 7)}` });
      expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44);
      await noSidewaysScroll(page);
      await hand.press(page, button);
      await expect(page.getByText("Alias moved").first()).toBeVisible();
      const alias = await page.request.get(
        `${installation().url}/api/v1/applications/${application}/aliases/production`,
      );
      expect(await alias.json()).toMatchObject({ releaseId: good, cause: "rollback" });
    });

    test(`approve (${hand.name})`, async ({ signedIn: page }) => {
      const application = `asking-${hand.name}`;
      const rolloutId = await pausedRollout(page.request, application);
      await page.goto(`${installation().url}/p/${application}/rollouts`);
      await hand.openFirst(page, rowsOf(page));
      await expect(page).toHaveURL(new RegExp(`${rolloutId}$`));
      await hand.type(page, page.getByLabel("Reason"), "the golden set is fine");
      await hand.press(page, page.getByRole("button", { name: "Approve" }));
      await expect(page.getByText("Approved").first()).toBeVisible();
      await noSidewaysScroll(page);
    });
  });
}
