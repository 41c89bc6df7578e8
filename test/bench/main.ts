/** The benchmarks by name. Each prints a Markdown table for `docs/performance.md`. */
import { measureTicks } from "./tick";

const BENCHMARKS: Readonly<Record<string, () => void | Promise<void>>> = {
  tick: () => {
    const figures = [100, 1_000].map((rollouts) => measureTicks({ rollouts, buckets: 8 }));
    console.log("| live rollouts | tick, new data in all | tick, nothing new | resident |\n| --- | --- | --- | --- |");
    for (const { rollouts, busyMs, idleMs, residentMib } of figures) {
      console.log(
        `| ${rollouts} | ${busyMs.toFixed(0)} ms | ${idleMs.toFixed(0)} ms | ${residentMib.toFixed(0)} MiB |`,
      );
    }
  },
};

/** Runs the named benchmarks, or all of them. @throws Error for a name that does not exist. */
export async function main(names: readonly string[]): Promise<void> {
  for (const name of names.length === 0 ? Object.keys(BENCHMARKS) : names) {
    const run = BENCHMARKS[name];
    if (run === undefined) throw new Error(`no benchmark ${name}: there are ${Object.keys(BENCHMARKS).join(", ")}`);
    console.log(`\n## ${name}`);
    await run();
  }
}
