/** After the rollback, in a browser: the incident, the review that starts from facts, and who is told of it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, type Page } from "@playwright/test";
import { APPLICATION, brokenPage, installation, sentence, test } from "./installation";

const HOME = `/p/${APPLICATION}`;

interface IncidentItem {
  id: string;
  cause: string;
  startedAt: string | null;
  detectedAt: string;
  mitigatedAt: string | null;
}

/** The incident that the policy opened when it rolled the canary back. */
async function storyIncident(page: Page): Promise<IncidentItem> {
  const answer = await page.request.get(`${installation().url}/api/v1/incidents?application=${APPLICATION}`);
  const { items } = (await answer.json()) as { items: IncidentItem[] };
  const found = items.find(({ cause }) => cause === "decision");
  if (found === undefined) throw new Error("the story has no incident: it must have been played before");
  return found;
}

test("the incident says what happened, whom it hit and what is to blame, and takes a lead and a note", async ({
  signedIn: page,
}) => {
  const { id } = await storyIncident(page);
  await page.goto(`${installation().url}${HOME}/incidents/${id}`);
  await expect(sentence(page)).toContainText("was rolled back from");
  await expect(page.getByText("clearly worse than the control")).toBeVisible();
  await expect(page.getByRole("row", { name: /region=us-west/ })).toContainText("concentrated here");
  await expect(page.getByText(/feature_view releases@4 → releases@5 explains it best/)).toBeVisible();
  await page.getByRole("button", { name: "Acknowledge: I lead this" }).click();
  await expect(page.getByText(/ leads$/).first()).toBeVisible();
  await page.getByRole("button", { name: /Tell it.*Traffic has drained/ }).click();
  const note = page.getByLabel("Note (Markdown)");
  await expect(note).toHaveValue(/^> \d\d:\d\d:\d\d UTC \(#\d+\): Traffic has drained/);
  await note.fill(`${await note.inputValue()}**Checked** by hand. <img src=x onerror="document.title='owned'">`);
  await page.getByRole("button", { name: "Add the note" }).click();
  const story = page
    .getByRole("region", { name: "Story" })
    .or(page.locator("section", { hasText: "what moved things" }));
  await expect(story.locator("strong", { hasText: "Checked" }).first()).toBeVisible();
  await expect(page.getByText('<img src=x onerror="document.title=').first()).toBeVisible();
  expect(await page.title()).not.toBe("owned");
});

test("the draft names the segment, the feature view and the parity break, and reads by itself as a file", async ({
  signedIn: page,
  browser,
}) => {
  const { url } = installation();
  const { id } = await storyIncident(page);
  await page.goto(`${url}${HOME}/incidents/${id}/postmortem`);
  const document = page.locator("main");
  for (const fact of ["us-west", "releases@4 → releases@5", "ce667443", "660645c4"]) {
    await expect(document.getByText(fact).first()).toBeVisible();
  }
  await expect(document.getByText("generated from the record").first()).toBeVisible();
  const folder = mkdtempSync(join(tmpdir(), "switchback-review-"));
  try {
    const file = join(folder, "postmortem.html");
    const exported = await page.request.get(`${url}/api/v1/incidents/${id}/postmortem?format=html`);
    writeFileSync(file, await exported.text());
    const context = await browser.newContext({ offline: true, javaScriptEnabled: false });
    const reader = await context.newPage();
    const asked: string[] = [];
    reader.on("request", (request) => asked.push(request.url()));
    await reader.goto(pathToFileURL(file).href);
    for (const fact of ["us-west", "feature_view", "ce667443", "660645c4"]) {
      await expect(reader.getByText(fact).first()).toBeVisible();
    }
    expect(await reader.locator("svg").count()).toBeGreaterThan(0);
    expect(asked).toEqual([pathToFileURL(file).href]);
    await context.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

interface DraftClocks {
  clocks: { name: string; at: string | null; sinceStartMs: number | null }[];
}

interface Moves {
  items: { incidentId: string | null; at: string; fromReleaseId: string }[];
}

test("the durations in the draft are those of the raw events", async ({ signedIn: page }) => {
  const { url } = installation();
  const { id } = await storyIncident(page);
  const read = async <T>(path: string): Promise<T> => (await (await page.request.get(`${url}${path}`)).json()) as T;
  const clockOf = async (name: string) => {
    const { clocks } = await read<DraftClocks>(`/api/v1/incidents/${id}/postmortem?format=json`);
    const { at, sinceStartMs } = clocks.find((clock) => clock.name === name) ?? { at: null, sinceStartMs: null };
    return { atMs: at === null ? null : Date.parse(at), sinceStartMs };
  };
  // The move from the ledger of the alias, the last request on the failed release from telemetry.
  const { items: moves } = await read<Moves>(`/api/v1/applications/${APPLICATION}/aliases/production/history?limit=50`);
  const [move] = moves.filter(({ incidentId }) => incidentId === id);
  expect(move).toBeDefined();
  const { at: movedAt, fromReleaseId } = move ?? { at: "", fromReleaseId: "" };
  const { items: requests } = await read<{ items: { time: string }[] }>(
    `/api/v1/requests?application=${APPLICATION}&releaseId=${fromReleaseId}&limit=1`,
  );
  const started = await clockOf("started");
  const movedMs = Date.parse(movedAt);
  expect(await clockOf("mitigated")).toEqual({ atMs: movedMs, sinceStartMs: movedMs - Number(started.atMs) });
  // Seen in telemetry a minute after the last request; no earlier than the move itself.
  await expect.poll(async () => (await clockOf("drained")).atMs, { timeout: 100_000 }).not.toBeNull();
  const lastMs = Math.max(movedMs, ...requests.map(({ time }) => Date.parse(time)));
  expect(await clockOf("drained")).toEqual({ atMs: lastMs, sinceStartMs: lastMs - Number(started.atMs) });
});

test("two people edit the review at once: both texts are shown, none is lost, and it is published", async ({
  signedIn,
}) => {
  const page = await brokenPage(signedIn);
  const { url } = installation();
  const { id } = await storyIncident(page);
  await page.goto(`${url}${HOME}/incidents/${id}/postmortem`);
  await page.getByRole("button", { name: "Edit Summary" }).click();
  await page.getByLabel("Text of Summary (Markdown)").fill("SLA estimates were off by a day.");
  await expect(page.getByRole("region", { name: "Preview of Summary" })).toContainText("off by a day");
  const theirs = await page.request.put(`${url}/api/v1/incidents/${id}/postmortem`, {
    data: { expectedVersion: 0, sections: [{ id: "summary", markdown: "Somebody else was faster." }] },
    headers: { origin: url },
  });
  expect(theirs.ok(), await theirs.text()).toBe(true);
  await page.keyboard.press("ControlOrMeta+s");
  await expect(page.getByText(/saved version 1 while you were writing/)).toBeVisible();
  await expect(page.getByText("added: SLA estimates were off by a day.")).toBeAttached();
  await expect(page.getByText("removed: Somebody else was faster.")).toBeAttached();
  await page.getByRole("button", { name: "Continue on version 1 with my text" }).click();
  await page.getByRole("button", { name: "Save 1 section" }).click();
  await expect(page.getByRole("link", { name: "Version 2" })).toBeVisible();
  await page.getByRole("button", { name: "What it changed against version 1" }).click();
  await expect(page.getByRole("dialog").getByText("removed: Somebody else was faster.")).toBeAttached();
  await page.keyboard.press("Escape");

  await page.getByLabel("New action").fill("Compare fingerprints before any traffic");
  await page.getByRole("button", { name: "Add the action" }).click();
  await page.getByRole("button", { name: "Send to review" }).click();
  await expect(page.getByText(/It cannot be published yet: the action .* needs an owner and a due date/)).toBeVisible();
  await page.getByRole("button", { name: /^Owner and day/ }).click();
  const row = page.getByRole("listitem").filter({ hasText: "Compare fingerprints" });
  await row.getByLabel("Owner").fill("Ana");
  await row.getByLabel("Due").fill("2030-01-31");
  await row.getByRole("button", { name: "Save" }).click();
  await expect(row).toContainText("due 2030-01-31");
  await page.getByRole("button", { name: "Publish" }).click();
  await expect(page.getByText("Published", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Edit Summary" })).toBeHidden();
  await page.context().close();
});

test("somebody opens an incident from a request, and what they saw is kept with it", async ({ signedIn: page }) => {
  await page.goto(`${installation().url}${HOME}/requests?track=canary`);
  await page.locator("[data-row-link]").first().click();
  await page.getByRole("link", { name: "Open an incident with this request…" }).click();
  await page.getByLabel("What is wrong").fill("A drill: an answer that looks odd");
  await page.getByLabel("Severity").selectOption("minor");
  await page.getByRole("button", { name: "Open the incident" }).click();
  await page.waitForURL(/\/incidents\/inc_/);
  await expect(page.getByText("Kept as it was: it stays when the data behind it are deleted by age.")).toBeVisible();
});

/** A receiver on loopback that answers as the test says. */
async function startReceiver(): Promise<{
  url: string;
  taken: string[];
  answer: (status: number) => void;
  close: () => void;
}> {
  const taken: string[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      if (status === 200) taken.push(body);
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    taken,
    answer: (next) => (status = next),
    close: () => server.close(),
  };
}

test("a route is set up, tested, seen failing, its message sent again, and switched off", async ({
  signedIn: page,
}) => {
  const receiver = await startReceiver();
  try {
    await page.goto(`${installation().url}/settings/notifications`);
    await page.getByRole("button", { name: "Add a route" }).click();
    await page.getByLabel("Channel").selectOption("webhook");
    await page.getByLabel("Name").fill("data lake");
    await page.getByLabel("Address").fill(receiver.url);
    await page.getByLabel("Signing secret").fill("whsec_typed-in");
    await page.getByRole("button", { name: "Add the route" }).click();
    await expect(page.getByText(/must name where the secret is/)).toBeVisible();
    await page.getByLabel("Signing secret").fill("env:SWITCHBACK_NOTIFY_E2E");
    await page.getByRole("button", { name: "Add the route" }).click();
    await page.getByRole("button", { name: "Send a test through data lake" }).click();
    await expect(page.getByText("The test was taken by the receiver.")).toBeVisible({ timeout: 30_000 });
    expect(receiver.taken).toHaveLength(1);

    receiver.answer(400);
    await page.getByRole("button", { name: "Send a test through data lake" }).click();
    await expect(page.getByText(/The test did not arrive: .* answered 400/)).toBeVisible({ timeout: 30_000 });
    receiver.answer(200);
    await page.getByLabel("State").selectOption("given_up");
    await expect(page).toHaveURL(/state=given_up/);
    await page.getByRole("button", { name: /^Send again/ }).click();
    await page.getByLabel("State").selectOption("delivered");
    await expect(page.getByRole("row").filter({ hasText: "This is a test" })).toHaveCount(2, { timeout: 30_000 });
    expect(receiver.taken).toHaveLength(2);

    await page.getByRole("button", { name: "Switch off… data lake" }).click();
    await page.getByLabel("Reason").fill("only a drill");
    await page.getByRole("button", { name: "Switch data lake off" }).click();
    await expect(page.getByText("data lake is switched off: only a drill.")).toBeVisible();
  } finally {
    receiver.close();
  }
});

test("the tour leads through the story, remembers where one is, and can be put away", async ({ signedIn: page }) => {
  await page.goto(`${installation().url}${HOME}`);
  const tour = page.getByRole("region", { name: "Tour of the demo" });
  await expect(tour).toContainText("You are looking at it.");
  for (const [action, address] of [
    ["Look at the comparison", /\/compare\?rollout=/],
    ["Look at one request", /\/requests\/live-/],
    ["Look at the incident", /\/incidents\/inc_/],
    ["Look at the panel", /\/rollback\?alias=production/],
    ["Look at the postmortem", /\/postmortem/],
  ] as const) {
    await tour.getByRole("button", { name: "Next" }).click();
    await tour.getByRole("link", { name: action }).click();
    await page.waitForURL(address);
  }
  await page.reload();
  await expect(tour).toContainText("Tour, 6 of 6");
  await tour.getByRole("button", { name: "Put the tour away" }).click();
  await expect(tour).toBeHidden();
  await page.goto(`${installation().url}${HOME}`);
  await expect(page.getByRole("button", { name: "Show the tour of the demo" })).toBeVisible();
});
