/** A program of the tests' own, bundled so that processes beside the test can run it. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = join(import.meta.dirname, "../../..");

/** Bundles the TypeScript file at `entry`; `remove` deletes what was made. */
export async function bundleProgram(entry: URL): Promise<{ path: string; remove: () => void }> {
  // Beside the installed packages, so that the bundle finds them.
  const folder = mkdtempSync(join(ROOT, "node_modules", ".test-program-"));
  const path = join(folder, "program.mjs");
  await build({
    entryPoints: [fileURLToPath(entry)],
    outfile: path,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    alias: { "@": ROOT },
    logLevel: "error",
  });
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
