// `npm run bench [name]`: bundles the benchmarks and runs one of them, or all. Figures are medians beside a floor.
import { build } from "esbuild";

await build({
  // The intake is measured as the process it is, beside `db/` where it looks for its migrations.
  entryPoints: {
    "bench/main": "test/bench/main.ts",
    "bench/tick-process": "test/bench/tick-process.ts",
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
const { main } = await import(new URL("dist/bench/main.js", `file://${process.cwd()}/`).href);
await main(process.argv.slice(2));
