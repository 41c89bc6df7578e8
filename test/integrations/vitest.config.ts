import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** Tests against servers that `run.mjs` has started; one after the other, as they share them. */
export default defineConfig({
  root,
  resolve: { alias: { "@": root } },
  test: { include: ["test/integrations/*.test.ts"], fileParallelism: false, testTimeout: 60_000 },
});
