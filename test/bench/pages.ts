/**
 * What a person waits for: the server's answer for every page, and in a browser the first sentence on a slow machine,
 * the script that comes before it, a committed move on an open page, interactions, and six charts.
 */
import { gzipSync } from "node:zlib";
import { chromium, type Browser, type BrowserContext, type CDPSession, type Page } from "@playwright/test";
import { APPLICATION, POLICY_NAME, signIn, type Stage } from "./pages-stage";
import { quantile } from "./statistics";

/** Times that each page is asked for. */
const ASKED = 30;
/** Cold loads; the median is told. */
const LOADS = 5;
const SLOW_DOWN = 4;

const HOME = `/p/${APPLICATION}`;

export interface PageFigures {
  page: string;
  medianMs: number;
  p95Ms: number;
}

/** Signs in with a browser: its context is used by every measurement. */
export async function openBrowser(stage: Stage): Promise<{ browser: Browser; context: BrowserContext }> {
  const browser = await chromium.launch({
    executablePath: process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
  const context = await browser.newContext({ viewport: { width: 1440, height: 800 } });
  const page = await context.newPage();
  await page.goto(`${stage.url}/sign-in`);
  await page.getByLabel("E-mail").fill(stage.access.email);
  await page.getByLabel("Password").fill(stage.access.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`**${HOME}`);
  await page.close();
  return { browser, context };
}

/** The server's whole answer for every page, as its first visit asks for it. */
export async function askPages(stage: Stage): Promise<PageFigures[]> {
  const cookie = await signIn(stage);
  const figures: PageFigures[] = [];
  for (const [page, path] of await pathsOf(stage)) {
    const times: number[] = [];
    for (let asked = 0; asked < ASKED; asked++) {
      const startedMs = performance.now();
      const response = await fetch(`${stage.url}${path}`, { headers: { cookie, accept: "text/html" } });
      const text = await response.text();
      times.push(performance.now() - startedMs);
      if (!response.ok || !text.includes("</html>")) throw new Error(`${path}: ${response.status}`);
    }
    figures.push({ page, medianMs: quantile(times, 0.5), p95Ms: quantile(times, 0.95) });
  }
  return figures;
}

/** The pages that are asked, by name: every route of the console. */
export async function pathsOf({
  manager,
  rolloutId,
  controlId,
  candidateId,
}: Stage): Promise<[page: string, path: string][]> {
  const list = async (path: string): Promise<Record<string, unknown>[]> =>
    (await manager.control<{ items: Record<string, unknown>[] }>("GET", path)).items;
  const [request] = await list(`/api/v1/requests?application=${APPLICATION}&track=canary&limit=1`);
  const [incident] = await list(`/api/v1/incidents?application=${APPLICATION}`);
  const at = new Date(Date.now() - 6 * 3_600_000).toISOString();
  const until = new Date(Date.now() - 5 * 3_600_000).toISOString();
  const shadow = `candidate=${candidateId}&control=${controlId}&mode=shadow`;
  return [
    ["overview", HOME],
    ["compare", `${HOME}/compare?rollout=${rolloutId}`],
    ["compare, 24 h", `${HOME}/compare?rollout=${rolloutId}&from=${daysAgo(1)}&to=${daysAgo(0)}`],
    ["compare of a shadow", `${HOME}/compare?${shadow}&tab=pairs`],
    ["requests", `${HOME}/requests`],
    ["requests of shadows", `${HOME}/requests?track=shadow`],
    ["requests of a region", `${HOME}/requests?segment=region%3Dus-west`],
    ["requests of an hour, failed", `${HOME}/requests?status=error&from=${at}&to=${until}`],
    ["one request", `${HOME}/requests/${String(request?.["requestId"])}`],
    ["rollouts", `${HOME}/rollouts`],
    ["rollout", `${HOME}/rollouts/${rolloutId}`],
    ["releases", `${HOME}/releases`],
    ["release", `${HOME}/releases/${candidateId}`],
    ["incidents", `${HOME}/incidents`],
    ["incident", `${HOME}/incidents/${String(incident?.["id"])}`],
    ["postmortem", `${HOME}/incidents/${String(incident?.["id"])}/postmortem`],
    ["new incident", `${HOME}/incidents/new`],
    ["approvals", `${HOME}/approvals`],
    ["approval", `${HOME}/approvals/${rolloutId}`],
    ["audit", `${HOME}/audit`],
    ["audit entry", `${HOME}/audit/3`],
    ["rollback", `${HOME}/rollback?alias=production`],
    ["policies", `${HOME}/policies`],
    ["policy", `${HOME}/policies/${POLICY_NAME}`],
    ["policy, edited", `${HOME}/policies/${POLICY_NAME}?tab=edit`],
    ["components", `${HOME}/components`],
    ["component", `${HOME}/components/feature_view/releases`],
    ["prompts", `${HOME}/prompts`],
    ["judges", `${HOME}/judges`],
    ["feature parity", `${HOME}/parity`],
    ["git drift", `${HOME}/drift`],
    ["telemetry", `${HOME}/telemetry`],
    ["doctor", `${HOME}/doctor`],
    ["way in", "/"],
    ["settings", "/settings"],
    ["you", "/settings/me"],
    ["members", "/settings/members"],
    ["tokens", "/settings/tokens"],
    ["notifications", "/settings/notifications"],
  ];
}

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString();
}

export interface FirstSentence {
  /** Median of cold loads on a machine slowed down four times, ms. */
  sentenceMs: number;
  /** Bytes of script, gzip, that the page itself asks for. */
  scriptBytes: number;
}

/** The Overview, cold. */
export async function loadCold(stage: Stage, context: BrowserContext): Promise<FirstSentence> {
  const times: number[] = [];
  let scriptBytes = 0;
  for (let load = 0; load < LOADS; load++) {
    const page = await context.newPage();
    const session = await slowedDown(page);
    const bodies: Promise<number>[] = [];
    page.on("response", (response) => {
      if (response.request().resourceType() === "script")
        bodies.push(response.body().then((body) => gzipSync(body).length));
    });
    await page.goto(`${stage.url}${HOME}`, { waitUntil: "load" });
    times.push(await page.evaluate(firstSentence));
    scriptBytes = (await Promise.all(bodies)).reduce((sum, bytes) => sum + bytes, 0);
    await session.detach();
    await page.close();
  }
  return { sentenceMs: quantile(times, 0.5), scriptBytes };
}

async function slowedDown(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOW_DOWN });
  return session;
}

/** In the page: when the text that is largest, or anything, was first painted, ms after the navigation began. */
function firstSentence(): Promise<number> {
  return new Promise((resolve) => {
    new PerformanceObserver((list) => {
      const heading = document.querySelector("h1");
      const entries = list.getEntries() as (PerformanceEntry & { element?: Element | null })[];
      const own = entries.find(({ element }) => element != null && heading?.contains(element));
      resolve((own ?? entries.at(-1))?.startTime ?? Number.NaN);
    }).observe({ type: "largest-contentful-paint", buffered: true });
  });
}

/** From the commit of a move to the open Overview that says it, ms. */
export async function seeMove(stage: Stage, context: BrowserContext): Promise<number> {
  const page = await context.newPage();
  await page.goto(`${stage.url}${HOME}`);
  await page.waitForFunction(() => document.querySelector("h1")?.textContent?.includes("Candidate") === true);
  const seen = page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const look = (): void => {
          if (document.querySelector("h1")?.textContent?.includes("was rolled back") === true) resolve(Date.now());
        };
        new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
      }),
  );
  const application = `/api/v1/applications/${APPLICATION}`;
  const goBack = async (): Promise<number> => {
    await stage.manager.control("POST", `${application}/rollback`, { reason: "the bench goes back" });
    const { changedAt } = await stage.manager.control<{ changedAt: string }>(
      "GET",
      `${application}/aliases/production`,
    );
    return Date.parse(changedAt);
  };
  const [seenMs, changedMs] = await Promise.all([seen, goBack()]);
  const ms = seenMs - changedMs;
  await page.close();
  return ms;
}

export interface Interactions {
  count: number;
  /** The longest interaction to its next paint, ms: with so few, what INP reports. */
  longestMs: number;
}

/** Keys and clicks on three pages while data flows; the slowest interaction counts. */
export async function interact(stage: Stage, context: BrowserContext): Promise<Interactions> {
  const page = await context.newPage();
  await page.addInitScript(() => {
    const durations: number[] = [];
    Object.assign(globalThis, { durations });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { interactionId?: number })[])
        if ((entry.interactionId ?? 0) > 0) durations.push(entry.duration);
    }).observe({ type: "event", buffered: true, durationThreshold: 16 } as PerformanceObserverInit);
  });
  const all: number[] = [];
  let count = 0;
  const visit = async (path: string, acts: readonly (() => Promise<void>)[]): Promise<void> => {
    await page.goto(`${stage.url}${path}`, { waitUntil: "networkidle" }).catch(() => undefined);
    for (const act of acts) {
      await act();
      count += 1;
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 50))));
    }
    all.push(...(await page.evaluate(() => (globalThis as unknown as { durations: number[] }).durations)));
  };
  const press = (key: string) => () => page.keyboard.press(key);
  await visit(HOME, [press("t"), press("t"), press("."), press("."), press("Control+k"), press("Escape"), press("j")]);
  await visit(`${HOME}/compare?rollout=${stage.rolloutId}`, [
    () => page.getByRole("tab", { name: /Segments/ }).click(),
    () => page.getByRole("tab", { name: /Metrics/ }).click(),
    () => page.getByRole("slider").first().focus(),
    press("Home"),
    press("ArrowRight"),
    press("ArrowRight"),
  ]);
  await visit(`${HOME}/requests`, [
    press("j"),
    press("j"),
    () =>
      page
        .getByRole("button", { name: /us-west/ })
        .first()
        .click(),
    () =>
      page
        .getByRole("button", { name: /canary/ })
        .first()
        .click(),
  ]);
  await page.close();
  return { count, longestMs: Math.max(0, ...all) };
}

/** Processor time of the script that mounts the Compare page's six charts, ms; median of several. */
export async function mountCharts(stage: Stage, context: BrowserContext): Promise<number> {
  const page = await context.newPage();
  // Charts are drawn when they come near the screen: on this one all of them are.
  await page.setViewportSize({ width: 1440, height: 4000 });
  await page.goto(`${stage.url}${HOME}/compare?rollout=${stage.rolloutId}`);
  await page.locator(".recharts-surface").nth(5).waitFor();
  const session = await context.newCDPSession(page);
  // Processor time: what a chart costs does not depend on what else the machine does.
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const spent = async (): Promise<number> => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1000 * (metrics.find(({ name }) => name === "ScriptDuration")?.value ?? 0);
  };
  const times: number[] = [];
  for (let mount = 0; mount < LOADS; mount++) {
    await page.getByRole("tab", { name: /Policy/ }).click();
    await page.locator(".recharts-surface").first().waitFor({ state: "detached" });
    const before = await spent();
    await page.getByRole("tab", { name: /Metrics/ }).click();
    await page.locator(".recharts-surface").nth(5).waitFor();
    times.push((await spent()) - before);
  }
  await page.close();
  return quantile(times, 0.5);
}
