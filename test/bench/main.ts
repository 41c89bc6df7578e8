/** The benchmarks by name. Each prints a Markdown table for `docs/performance.md`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchIntake, benchIntakeOn, type Rate } from "./intake";
import { askPages, interact, loadCold, mountCharts, openBrowser, seeMove } from "./pages";
import { openStage } from "./pages-stage";
import { benchProduct, type ProductFigures } from "./product";
import { median } from "./statistics";
import { askDatabase, fillDatabase } from "./stored";
import { measureTicks } from "./measure-ticks";
import { measureReplay } from "./replay";

/** Sizes of the databases of `stored`; the last one is also that of `pages` and `product`. */
const STORED_REQUESTS = (process.env["BENCH_REQUESTS"] ?? "1000000").split(",").map(Number);
/** Where those databases are kept from run to run: building ten million requests takes ten minutes. */
const STORED_FOLDER = process.env["BENCH_FOLDER"] ?? mkdtempSync(join(tmpdir(), "bench-stored-"));
/** A `telemetry.db` for `pages` and `product` instead; it is only copied. */
const GIVEN_DATABASE = process.env["BENCH_DATABASE"];
/** Spans that `intake` and `stored` send. */
const SENT_SPANS = Number(process.env["BENCH_SPANS"] ?? 200_000);
/** Spans that `product` sends: pages are asked for as long as that takes, half a minute. */
const PRODUCT_SPANS = Number(process.env["BENCH_SPANS"] ?? 800_000);
/** Pages that `product` names. */
const SLOWEST_TOLD = 6;
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 3);
const INTAKE = join("dist", "intake.js");

const BENCHMARKS: Readonly<Record<string, () => void | Promise<void>>> = {
  tick: async () => {
    const entry = join("dist", "bench", "tick-process.js");
    console.log("| live rollouts | tick, new data in all (slowest) | its processor time | nothing new | resident |");
    console.log("| --- | --- | --- | --- | --- |");
    for (const rollouts of [100, 1_000]) {
      const figures = await measureTicks(entry, { rollouts, buckets: 14 });
      const ms = (value: number): string => `${value.toFixed(0)} ms`;
      const busy = `${ms(figures.busyMs)} (${ms(figures.slowestMs)})`;
      const rest = `${ms(figures.busyCpuMs)} | ${ms(figures.idleMs)} | ${figures.residentMib.toFixed(0)} MiB`;
      console.log(`| ${rollouts} | ${busy} | ${rest} |`);
    }
  },
  replay: async () => {
    console.log(
      "| evidence | requests | evaluations | requests per second | per cpu second |\n| --- | --- | --- | --- | --- |",
    );
    for (const mode of ["confident", "window"] as const) {
      const { evidence, requests, evaluations, perSecond, perCpuSecond } = await measureReplay(mode);
      const rates = `${Math.round(perSecond)} | ${Math.round(perCpuSecond)}`;
      console.log(`| ${evidence} | ${requests} | ${evaluations} | ${rates} |`);
    }
  },
  intake: async () => {
    const figures = await benchIntake({ entry: INTAKE, spans: SENT_SPANS, rounds: ROUNDS });
    const row = (name: string, rate: Rate, ratio: number): string[] => [
      name,
      String(Math.round(rate.perSecond)),
      ratio.toFixed(2),
      String(Math.round(rate.perCpuSecond)),
    ];
    const { protobuf, json, bareInserts, ratio } = figures;
    table(
      ["", "per second", "of bare inserts", "per cpu second"],
      [
        row("OTLP protobuf, spans", protobuf, ratio),
        row("OTLP JSON, spans", json, json.perSecond / bareInserts.perSecond),
        row("bare inserts, rows", bareInserts, 1),
      ],
    );
    console.log(
      `\n${Math.round(figures.bytesPerRequest)} bytes per request, ${Math.round(figures.residentMib)} MiB resident`,
    );
  },
  pages: benchPages,
  stored: async () => {
    const rows: string[][] = [];
    for (const requests of STORED_REQUESTS) {
      const path = storedPath(requests);
      const figures = askDatabase(path, fillDatabase(path, requests));
      const more = [];
      for (let round = 0; round < ROUNDS; round++) {
        more.push((await benchIntakeOn(path, { entry: INTAKE, spans: SENT_SPANS })).perSecond);
      }
      const ms = (value: number): string => `${value.toFixed(2)} ms`;
      const { lookupMs } = figures;
      rows.push([
        String(requests),
        ms(figures.seriesMs),
        [lookupMs.id, lookupMs.trace, lookupMs.response].map(ms).join(", "),
        ms(figures.listMs),
        ms(figures.overviewMs),
        `${(figures.sketchError * 100).toFixed(2)} %`,
        String(Math.round(figures.bytesPerRequest)),
        String(Math.round(median(more))),
      ]);
    }
    table(
      [
        "requests",
        "series of 24 h, both tracks",
        "by id, trace, response (95 %)",
        "newest 50 of a release",
        "totals of 24 h",
        "quantiles, furthest from exact",
        "bytes per request",
        "more spans per second",
      ],
      rows,
    );
  },
  product: async () => {
    const figures = await benchProduct({ stored: filledDatabase(), spans: PRODUCT_SPANS });
    const row = (name: string, { count, medianMs, p95Ms }: ProductFigures["pages"]): string[] => [
      name,
      String(count),
      `${medianMs.toFixed(0)} ms`,
      `${p95Ms.toFixed(0)} ms`,
    ];
    table(
      ["while the intake is saturated", "answers", "median", "95 %"],
      [row("pages", figures.pages), row("control API", figures.calls)],
    );
    const beside = `${Math.round(figures.spansPerSecond)} spans per second beside them for ${Math.round(figures.seconds)} s`;
    console.log(`\n${figures.failed} failed; ${beside}`);
    const slowest = figures.byPage
      .slice(0, SLOWEST_TOLD)
      .map(({ page, medianMs }) => `${page} ${medianMs.toFixed(0)} ms`);
    console.log(`slowest pages, median: ${slowest.join(", ")}`);
    const parts = figures.processes.map(({ name, residentMib }) => `${name} ${Math.round(residentMib)}`);
    console.log(`${Math.round(figures.residentMib)} MiB resident: ${parts.join(", ")}`);
  },
};

/** Needs `npm run build` and Chromium; the database is copied, never written to. */
async function benchPages(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "bench-pages-"));
  const stage = await openStage(filledDatabase(), { dataDir: join(directory, "data"), isLoaded: true });
  const { browser, context } = await openBrowser(stage);
  try {
    const row = (what: string, measured: string): void => console.log(`| ${what} | ${measured} |`);
    row("what", "measured");
    row("---", "---");
    const cold = await loadCold(stage, context);
    row("first sentence of the Overview, cold, a processor 4 times slower", `${cold.sentenceMs.toFixed(0)} ms`);
    row("script of the Overview's first paint, gzip", `${(cold.scriptBytes / 1000).toFixed(1)} kB`);
    row("six charts mount, processor time of script", `${(await mountCharts(stage, context)).toFixed(0)} ms`);
    const { count, longestMs } = await interact(stage, context);
    row(`slowest of ${count} interactions to its next paint`, `${longestMs.toFixed(0)} ms`);
    row("a committed rollback to the open page that shows it", `${(await seeMove(stage, context)).toFixed(0)} ms`);
    console.log(`\n| page, ${stage.spansPerSecond} spans a second meanwhile | median | p95 |\n| --- | --- | --- |`);
    for (const { page, medianMs, p95Ms } of await askPages(stage)) {
      console.log(`| ${page} | ${medianMs.toFixed(0)} ms | ${p95Ms.toFixed(0)} ms |`);
    }
  } finally {
    await browser.close();
    await stage.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A database of this many requests, to be filled. */
function storedPath(requests: number): string {
  return join(STORED_FOLDER, `${requests}.db`);
}

/** The given database as it is, or the largest of those that are made, filled. */
function filledDatabase(): string {
  if (GIVEN_DATABASE !== undefined) return GIVEN_DATABASE;
  const requests = STORED_REQUESTS.at(-1) ?? 0;
  const path = storedPath(requests);
  fillDatabase(path, requests);
  return path;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  for (const cells of [head, head.map(() => "---"), ...rows]) console.log(`| ${cells.join(" | ")} |`);
}

/** Runs the named benchmarks, or all of them. @throws Error for a name that does not exist. */
export async function main(names: readonly string[]): Promise<void> {
  for (const name of names.length === 0 ? Object.keys(BENCHMARKS) : names) {
    const run = BENCHMARKS[name];
    if (run === undefined) throw new Error(`no benchmark ${name}: there are ${Object.keys(BENCHMARKS).join(", ")}`);
    console.log(`\n## ${name}`);
    await run();
  }
}
