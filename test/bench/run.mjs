// `npm run bench [name]`, `npm run bench simulate [factor] [parts]`: bundles the benchmarks and runs one of them, or all. Figures are medians beside a floor.
import { build } from "esbuild";

await build({
  // Both beside `db/`, where they look for the migrations; the intake is measured as the process it is.
  entryPoints: {
    bench: "test/bench/main.ts",
    "bench/tick-process": "test/bench/tick-process.ts",
    "bench/simulate": "test/bench/simulate/main.ts",
    intake: "server/intake.ts",
  },
  outdir: "dist",
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node22",
  packages: "external",
  alias: { "@": process.cwd() },
  logLevel: "warning",
});
const [name, ...rest] = process.argv.slice(2);
const built = (entry) => import(new URL(`dist/${entry}.js`, `file://${process.cwd()}/`).href);
// By its own name only: it takes an hour.
if (name === "simulate") (await built("bench/simulate")).simulate(rest);
else await (await built("bench")).main(process.argv.slice(2));
