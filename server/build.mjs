// Bundles the server's entry points into dist/. Packages stay external; `@/` is resolved by tsconfig paths.
import { rmSync } from "node:fs";
import { build } from "esbuild";

rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: {
    main: "server/main.ts",
    pages: "server/pages.ts",
    intake: "server/intake.ts",
    controller: "server/controller.ts",
    switchback: "server/cli/switchback.ts",
    demo: "server/demo/main.ts",
  },
  outdir: "dist",
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node22",
  packages: "external",
  alias: { "@": process.cwd() },
  sourcemap: true,
  logLevel: "warning",
});
