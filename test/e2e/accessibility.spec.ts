/** Every page, light, dark and on a phone: nothing for axe to complain about, and nothing to scroll sideways. */
import AxeBuilder from "@axe-core/playwright";
import { expect } from "@playwright/test";
import { APPLICATION, installation, test } from "./installation";

const HOME = `/p/${APPLICATION}`;
const PAGES: readonly (readonly [string, (rolloutId: string) => string])[] = [
  ["overview", () => HOME],
  ["compare", (rolloutId) => `${HOME}/compare?rollout=${rolloutId}`],
  ["requests", () => `${HOME}/requests`],
  ["rollouts", () => `${HOME}/rollouts`],
  ["rollout", (rolloutId) => `${HOME}/rollouts/${rolloutId}`],
  ["releases", () => `${HOME}/releases`],
  ["incidents", () => `${HOME}/incidents`],
  ["audit", () => `${HOME}/audit`],
  ["rollback", () => `${HOME}/rollback?alias=production`],
  ["tokens", () => "/settings/tokens"],
];

const LOOKS = [
  { name: "light", colorScheme: "light", viewport: { width: 1440, height: 800 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1440, height: 800 } },
  { name: "phone", colorScheme: "light", viewport: { width: 390, height: 844 } },
] as const;

for (const { name, colorScheme, viewport } of LOOKS) {
  test.describe(name, () => {
    test.use({ colorScheme, viewport });
    test(`every page is accessible (${name})`, async ({ signedIn: page }) => {
      const { url, rolloutId } = installation();
      const complaints: string[] = [];
      for (const [title, path] of PAGES) {
        await page.goto(`${url}${path(rolloutId)}`);
        await page.waitForLoadState("networkidle", { timeout: 3_000 }).catch(() => undefined);
        const { violations } = await new AxeBuilder({ page }).analyze();
        complaints.push(...violations.map(({ id, nodes }) => `${title}: ${id} ${nodes[0]?.html ?? ""}`));
        const sideways = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        if (sideways > 0) complaints.push(`${title}: scrolls sideways by ${sideways} px`);
      }
      expect(complaints).toEqual([]);
    });
  });
}
