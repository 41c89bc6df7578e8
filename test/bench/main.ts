/** The benchmarks by name. Each prints a Markdown table for `docs/performance.md`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchIntake, benchIntakeOn, type Rate } from "./intake";
import { askPages, interact, loadCold, mountCharts, openBrowser, seeMove } from "./pages";
import { openStage } from "./pages-stage";
import { askDatabase, fillDatabase } from "./stored";
import { measureTicks } from "./measure-ticks";
import { measureReplay } from "./replay";

/** Requests of the `stored` benchmark, and where its database is kept from run to run. */
const STORED_REQUESTS = Number(process.env["BENCH_REQUESTS"] ?? 1_000_000);
const STORED_PATH = process.env["BENCH_DATABASE"];
/** Spans that the `intake` benchmark sends. */
const SENT_SPANS = Number(process.env["BENCH_SPANS"] ?? 200_000);

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
    console.log("| evidence | requests | evaluations | requests per second |\n| --- | --- | --- | --- |");
    for (const mode of ["confident", "window"] as const) {
      const { evidence, requests, evaluations, perSecond } = await measureReplay(mode);
      console.log(`| ${evidence} | ${requests} | ${evaluations} | ${Math.round(perSecond)} |`);
    }
  },
  intake: async () => {
    const entry = join("dist", "intake.js");
    const { protobuf, json, bareInserts, bytesPerRequest, residentMib } = await benchIntake({
      entry,
      spans: SENT_SPANS,
    });
    const row = (name: string, rate: Rate): string =>
      `| ${name} | ${Math.round(rate.perSecond)} | ${(rate.perSecond / bareInserts.perSecond).toFixed(2)} | ${Math.round(rate.perCpuSecond)} |`;
    console.log("| | per second | of bare inserts | per cpu second |\n| --- | --- | --- | --- |");
    console.log(row("OTLP protobuf, spans", protobuf));
    console.log(row("OTLP JSON, spans", json));
    console.log(row("bare inserts, rows", bareInserts));
    console.log(`\n${Math.round(bytesPerRequest)} bytes per request, ${Math.round(residentMib)} MiB resident`);
  },
  pages: benchPages,
  stored: async () => {
    const endMs = Date.UTC(2026, 3, 10, 12);
    const path = STORED_PATH ?? join(mkdtempSync(join(tmpdir(), "bench-stored-")), "telemetry.db");
    fillDatabase(path, STORED_REQUESTS, endMs);
    const figures = askDatabase(path, endMs);
    const more = await benchIntakeOn(path, { entry: join("dist", "intake.js"), spans: SENT_SPANS });
    const columns: [string, string][] = [
      ["requests stored", String(STORED_REQUESTS)],
      ["series of 24 h, both tracks", `${figures.seriesMs.toFixed(1)} ms`],
      ["by id, slowest", `${figures.lookupMs.toFixed(2)} ms`],
      ["newest 50 of a release", `${figures.listMs.toFixed(1)} ms`],
      ["totals of 24 h", `${figures.overviewMs.toFixed(2)} ms`],
      ["bytes per request", String(Math.round(figures.bytesPerRequest))],
      ["more spans per second", String(Math.round(more.perSecond))],
    ];
    for (const cells of [columns.map(([name]) => name), columns.map(() => "---"), columns.map(([, value]) => value)]) {
      console.log(`| ${cells.join(" | ")} |`);
    }
  },
};

/** Needs `npm run build` and Chromium; the database is copied, never written to. */
async function benchPages(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "bench-pages-"));
  const path = STORED_PATH ?? join(directory, "stored.db");
  if (STORED_PATH === undefined) fillDatabase(path, STORED_REQUESTS, Date.now());
  const stage = await openStage(path, join(directory, "data"));
  const { browser, context } = await openBrowser(stage);
  try {
    const cold = await loadCold(stage, context);
    const chartsMs = await mountCharts(stage, context);
    const { count, longestMs } = await interact(stage, context);
    const moveMs = await seeMove(stage, context);
    console.log("| what | measured |\n| --- | --- |");
    console.log(
      `| first sentence of the Overview, cold, a processor 4 times slower | ${cold.sentenceMs.toFixed(0)} ms |`,
    );
    console.log(`| script of the Overview's first paint, gzip | ${(cold.scriptBytes / 1000).toFixed(1)} kB |`);
    console.log(`| six charts mount, script | ${chartsMs.toFixed(0)} ms |`);
    console.log(`| slowest of ${count} interactions to its next paint | ${longestMs.toFixed(0)} ms |`);
    console.log(`| a committed rollback to the open page that shows it | ${moveMs.toFixed(0)} ms |`);
    console.log(`\n| page, ${stage.spansPerSecond} spans a second meanwhile | median | p95 |\n| --- | --- | --- |`);
    for (const { page, medianMs, p95Ms } of await askPages(stage, context)) {
      console.log(`| ${page} | ${medianMs.toFixed(0)} ms | ${p95Ms.toFixed(0)} ms |`);
    }
  } finally {
    await browser.close();
    await stage.stop();
    rmSync(directory, { recursive: true, force: true });
  }
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
