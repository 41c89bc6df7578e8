/**
 * The whole product while its intake is saturated: how soon pages and the control API answer, whether any of them fails,
 * and what memory all processes take together. `next build` must have been run.
 */
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { residentMib } from "./intake-process";
import { batches, sendAll } from "./load";
import { pathsOf } from "./pages";
import { APPLICATION, openStage, signIn, type Stage } from "./pages-stage";
import { median, quantile } from "./statistics";

/** Answered before measuring: the first call of each renders with cold code. */
const WARM_UP_ROUNDS = 3;
/** Between two calls of the same kind, as a page that polls. */
const PAUSE_MS = 100;
/** More than arrive in a second here: requests are in order, a little late rather than of the future. */
const BEGUN_PER_SECOND = 30_000;

const CALLS = [
  `/api/v1/applications/${APPLICATION}/overview`,
  `/api/v1/requests?application=${APPLICATION}&limit=50`,
  `/api/v1/releases?application=${APPLICATION}`,
  `/api/v1/rollouts?application=${APPLICATION}`,
  `/api/v1/incidents?application=${APPLICATION}`,
];

/** Quantiles over all answers, ms. */
interface Answers {
  count: number;
  medianMs: number;
  p95Ms: number;
}

export interface ProductFigures {
  pages: Answers;
  calls: Answers;
  /** Each page by itself, the slowest by its median first. */
  byPage: (Answers & { page: string })[];
  failed: number;
  spansPerSecond: number;
  /** How long the load lasted. */
  seconds: number;
  /** All processes together, at the end of the load, MiB. */
  residentMib: number;
  /** By process. */
  processes: { name: string; residentMib: number }[];
}

/** Sends `spans`, enough for many seconds, to the product on a copy of `stored` while its pages and API are asked. */
export async function benchProduct({ stored, spans }: { stored: string; spans: number }): Promise<ProductFigures> {
  const directory = mkdtempSync(join(tmpdir(), "bench-product-"));
  const stage = await openStage(stored, { dataDir: join(directory, "data"), isLoaded: false });
  try {
    return await measure(stage, spans);
  } finally {
    await stage.stop();
  }
}

async function measure(stage: Stage, spans: number): Promise<ProductFigures> {
  const bearer = { authorization: `Bearer ${stage.access.tokens.manager}` };
  const cookie = await signIn(stage);
  const pages = (await pathsOf(stage)).map(([page, path]) => ({
    name: page,
    url: stage.url + path,
    headers: { cookie },
  }));
  const calls = CALLS.map((path) => ({ name: path, url: stage.url + path, headers: bearer }));
  for (let round = 0; round < WARM_UP_ROUNDS; round++) {
    for (const target of [...pages, ...calls]) {
      const status = await statusOf(target);
      if (status !== 200) throw new Error(`${target.url} was answered with ${String(status)}`);
    }
  }
  const bodies = batches({ encoding: "protobuf", spans, seed: 4, perSecond: BEGUN_PER_SECOND });
  const load = { done: false };
  const target = { port: stage.intakePort, token: stage.access.tokens.gateway };
  const [sent, askedPages, askedCalls] = await Promise.all([
    sendAll(target, "protobuf", bodies).finally(() => (load.done = true)),
    askUntil(load, pages),
    askUntil(load, calls),
  ]);
  const processes = residents(stage.pid);
  return {
    pages: summary(askedPages.answers.map(({ ms }) => ms)),
    calls: summary(askedCalls.answers.map(({ ms }) => ms)),
    byPage: [...new Set(askedPages.answers.map(({ name }) => name))]
      .map((page) => ({ page, ...summary(askedPages.answers.filter(({ name }) => name === page).map(({ ms }) => ms)) }))
      .toSorted((one, other) => other.medianMs - one.medianMs),
    failed: askedPages.failed + askedCalls.failed,
    spansPerSecond: sent.spans / sent.seconds,
    seconds: sent.seconds,
    residentMib: processes.reduce((sum, one) => sum + one.residentMib, 0),
    processes,
  };
}

/** Asks one target after the other, again and again, until the load is over. */
async function askUntil(
  load: { done: boolean },
  targets: readonly { name: string; url: string; headers: Record<string, string> }[],
): Promise<{ answers: { name: string; ms: number }[]; failed: number }> {
  const answers: { name: string; ms: number }[] = [];
  let failed = 0;
  for (let at = 0; !load.done; at++) {
    const target = targets[at % targets.length];
    if (target === undefined) break;
    const startedMs = performance.now();
    const status = await statusOf(target);
    answers.push({ name: target.name, ms: performance.now() - startedMs });
    if (status !== 200) {
      failed += 1;
      console.error(`${target.url} was answered with ${String(status)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return { answers, failed };
}

/** A connection that breaks is a failure too. */
async function statusOf({ url, headers }: { url: string; headers: Record<string, string> }): Promise<unknown> {
  try {
    const answer = await fetch(url, { headers });
    await answer.arrayBuffer();
    return answer.status;
  } catch (error) {
    return error instanceof TypeError ? error.cause : error;
  }
}

function summary(times: readonly number[]): Answers {
  return { count: times.length, medianMs: median(times), p95Ms: quantile(times, 0.95) };
}

/** The supervisor and its children. */
function residents(supervisor: number): ProductFigures["processes"] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const family = pids.filter((pid) => Number(pid) === supervisor || parentOf(pid) === supervisor);
  return family.map((pid) => ({
    name: /(\w+)\.js/.exec(readFileSync(`/proc/${pid}/cmdline`, "utf8"))?.[1] ?? pid,
    residentMib: residentMib(Number(pid)),
  }));
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(/PPid:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch (error) {
    // Gone in the meantime.
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}
