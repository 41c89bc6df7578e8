/** Every page, light, dark and on a phone: nothing for axe to complain about, and nothing to scroll sideways. */
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";
import { APPLICATION, installation, test } from "./installation";

const HOME = `/p/${APPLICATION}`;
const PAGES: readonly (readonly [string, (rolloutId: string) => string])[] = [
  ["overview", () => HOME],
  ["compare", (rolloutId) => `${HOME}/compare?rollout=${rolloutId}`],
  ["compare by segment", (rolloutId) => `${HOME}/compare?rollout=${rolloutId}&tab=segments`],
  ["compare with a policy", (rolloutId) => `${HOME}/compare?rollout=${rolloutId}&tab=policy`],
  [
    "compare with a marked window",
    (rolloutId) =>
      `${HOME}/compare?rollout=${rolloutId}&spanFrom=${new Date(Date.now() - 600_000).toISOString()}&spanTo=${new Date().toISOString()}`,
  ],
  ["compare without a choice", () => `${HOME}/compare`],
  ["requests", () => `${HOME}/requests`],
  ["approvals", () => `${HOME}/approvals`],
  ["rollouts", () => `${HOME}/rollouts`],
  ["rollout", (rolloutId) => `${HOME}/rollouts/${rolloutId}`],
  ["releases", () => `${HOME}/releases`],
  ["components", () => `${HOME}/components`],
  ["component", () => `${HOME}/components/feature_view/releases`],
  ["incidents", () => `${HOME}/incidents`],
  ["telemetry", () => `${HOME}/telemetry`],
  ["intake doctor", () => `${HOME}/doctor`],
  ["policies", () => `${HOME}/policies`],
  ["policy", () => `${HOME}/policies/deploybuddy`],
  ["policy editor", () => `${HOME}/policies/deploybuddy?tab=edit`],
  ["policy versions", () => `${HOME}/policies/deploybuddy?tab=versions`],
  ["parity", () => `${HOME}/parity`],
  ["drift", () => `${HOME}/drift`],
  ["prompts", () => `${HOME}/prompts`],
  ["judges", () => `${HOME}/judges`],
  ["rehearsals", () => `${HOME}/drill`],
  ["audit", () => `${HOME}/audit`],
  ["audit entry", () => `${HOME}/audit/11`],
  ["rollback", () => `${HOME}/rollback?alias=production`],
  ["settings", () => "/settings"],
  ["you", () => "/settings/me"],
  ["members", () => "/settings/members"],
  ["tokens", () => "/settings/tokens"],
  ["notifications", () => "/settings/notifications"],
  ["new incident", () => `${HOME}/incidents/new`],
];

const LOOKS = [
  { name: "light", colorScheme: "light", viewport: { width: 1440, height: 800 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1440, height: 800 } },
  { name: "phone", colorScheme: "light", viewport: { width: 390, height: 844 } },
  { name: "320 px, dark", colorScheme: "dark", viewport: { width: 320, height: 640 } },
] as const;

async function complaintsOf(page: Page, title: string): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${title}: ${id} ${nodes[0]?.html ?? ""}`);
  const sideways = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  return sideways > 0 ? [...found, `${title}: scrolls sideways by ${sideways} px`] : found;
}

for (const { name, colorScheme, viewport } of LOOKS) {
  test.describe(name, () => {
    test.use({ colorScheme, viewport });
    test(`every page is accessible (${name})`, async ({ signedIn: page }) => {
      // Twenty pages take their time on a small machine.
      test.setTimeout(300_000);
      const { url, rolloutId } = installation();
      const complaints: string[] = [];
      for (const [title, path] of PAGES) {
        await page.goto(`${url}${path(rolloutId)}`);
        await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
        complaints.push(...(await complaintsOf(page, title)));
      }
      // The pairs of a shadow, which this rollout had none of.
      const { candidate, control } = (await (await page.request.get(`${url}/api/v1/rollouts/${rolloutId}`)).json()) as {
        candidate: { releaseId: string };
        control: { releaseId: string };
      };
      const sides = `candidate=${candidate.releaseId}&control=${control.releaseId}&mode=shadow`;
      await page.goto(`${url}${HOME}/compare?${sides}&tab=pairs`);
      await expect(page.getByRole("tab", { name: "Pairs", selected: true })).toBeVisible();
      complaints.push(...(await complaintsOf(page, "pairs of a shadow")));
      // One request's page and one incident's, reached as a person reaches them.
      for (const list of ["requests", "incidents"]) {
        await page.goto(`${url}${HOME}/${list}`);
        const row = page.locator("[data-row-link]").first();
        await row.waitFor({ timeout: 3_000 }).catch(() => undefined);
        if ((await row.count()) === 0) continue;
        await row.click();
        await page.waitForURL((address) => address.pathname.split("/").length > 4);
        complaints.push(...(await complaintsOf(page, `one of ${list}`)));
        if (list !== "incidents") continue;
        await page.goto(`${page.url()}/postmortem`);
        await expect(page.getByRole("heading", { level: 2, name: "Summary" })).toBeVisible();
        await page.getByRole("button", { name: "Edit Summary" }).click();
        complaints.push(...(await complaintsOf(page, "postmortem, editing")));
      }
      expect(complaints).toEqual([]);
    });
  });
}
