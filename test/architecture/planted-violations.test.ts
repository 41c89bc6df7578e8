/** Plants one violation per rule into a copy of the tree and expects each to be reported: a guard that sees nothing also passes. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = process.cwd();
const reachable = "export const reachable = 1;\n";

/** Files that planted imports point at. */
const targets = [
  "server/domain/target.ts",
  "server/store/target.ts",
  "server/control/target.ts",
  "server/api/target.ts",
  "db/target.ts",
  "components/ui/target.ts",
  "components/releases/target.ts",
  "app/target.ts",
];

const from = (path: string): string => `import { reachable } from "@/${path}";\nexport const seen = reachable;\n`;
const external = (name: string): string => `import * as module from "${name}";\nexport const seen = module;\n`;

/** [file, content, rule that must report it]. */
const planted: readonly (readonly [string, string, string])[] = [
  ["server/domain/imports-store.ts", from("server/store/target"), "boundaries(dependencies)"],
  ["server/domain/imports-control.ts", from("server/control/target"), "boundaries(dependencies)"],
  ["server/domain/imports-db.ts", from("db/target"), "boundaries(dependencies)"],
  ["server/domain/imports-node.ts", external("node:fs"), "boundaries(dependencies)"],
  ["server/domain/imports-drizzle.ts", external("drizzle-orm"), "boundaries(dependencies)"],
  ["server/domain/reads-clock.ts", "export const now = (): number => Date.now();\n", "no-restricted-properties"],
  ["server/domain/reads-date.ts", "export const now = (): Date => new Date();\n", "switchback(no-wall-clock)"],
  ["server/domain/rolls-dice.ts", "export const dice = (): number => Math.random();\n", "no-restricted-properties"],
  ["server/domain/fetches.ts", 'export const got = fetch("http://localhost");\n', "no-restricted-globals"],
  ["server/domain/sleeps.ts", "export const timer = setTimeout(() => undefined, 1);\n", "no-restricted-globals"],
  ["server/control/imports-db.ts", from("db/target"), "boundaries(dependencies)"],
  ["server/control/imports-api.ts", from("server/api/target"), "boundaries(dependencies)"],
  ["server/control/imports-sqlite.ts", external("better-sqlite3"), "boundaries(dependencies)"],
  ["server/store/imports-control.ts", from("server/control/target"), "boundaries(dependencies)"],
  ["db/imports-store.ts", from("server/store/target"), "boundaries(dependencies)"],
  ["server/api/imports-db.ts", from("db/target"), "boundaries(dependencies)"],
  ["components/releases/imports-store.ts", from("server/store/target"), "boundaries(dependencies)"],
  ["components/releases/imports-api-value.ts", from("server/api/target"), "boundaries(dependencies)"],
  ["components/releases/imports-node.ts", external("node:fs"), "boundaries(dependencies)"],
  ["components/ui/imports-domain.ts", from("server/domain/target"), "boundaries(dependencies)"],
  ["components/ui/imports-feature.ts", from("components/releases/target"), "boundaries(dependencies)"],
  ["app/imports-control.ts", from("server/control/target"), "boundaries(dependencies)"],
  ["app/imports-api.ts", from("server/api/target"), "boundaries(dependencies)"],
  ["server/nowhere/file.ts", reachable, "boundaries(no-unknown-files)"],
  ["server/control/default-export.ts", "export default 1;\n", "import(no-default-export)"],
  ["server/control/uses-any.ts", "export const anything: any = 1;\n", "typescript(no-explicit-any)"],
  [
    "server/control/non-null.ts",
    "export const first = (list: string[]): string => list[0]!;\n",
    "typescript(no-non-null-assertion)",
  ],
  ["server/control/reads-environment.ts", "export const home = process.env['HOME'];\n", "node(no-process-env)"],
  ["server/control/prints.ts", 'console.log("x");\nexport const printed = true;\n', "no-console"],
  [
    "server/control/parent.ts",
    'import { reachable } from "../store/target";\nexport const seen = reachable;\n',
    "import(no-relative-parent-imports)",
  ],
  ["server/control/barrel.ts", 'export * from "./target";\n', "oxc(no-barrel-file)"],
  [
    "server/control/floating.ts",
    "export function start(work: () => Promise<void>): void {\n  work();\n}\n",
    "typescript(no-floating-promises)",
  ],
];

let copy = "";
let report = "";

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "planted-"));
  for (const file of [".oxlintrc.json", "tsconfig.json", "package.json", "test/architecture/oxlint-plugin.js"]) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  const files = [...targets.map((path) => [path, reachable] as const), ...planted];
  for (const [path, content] of files) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), content);
  }
  const result = spawnSync(join(root, "node_modules/.bin/oxlint"), ["--type-aware", "--format=unix"], {
    cwd: copy,
    encoding: "utf8",
  });
  report = result.stdout + result.stderr;
});

afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

describe("planted violations", () => {
  test.each(planted)("%s is reported by its rule", (path, _content, rule) => {
    const lines = report.split("\n").filter((line) => line.includes(`${path}:`));
    expect(lines.join("\n"), `nothing reports ${path}:\n${report.slice(0, 2000)}`).toContain(rule);
  });

  test("targets themselves are clean", () => {
    for (const path of targets) expect(report).not.toContain(`${path}:`);
  });
});

test("the tree has one lockfile and exact versions", () => {
  const manifest = JSON.parse(execFileSync("cat", ["package.json"], { encoding: "utf8" })) as Record<
    string,
    Record<string, string>
  >;
  for (const group of ["dependencies", "devDependencies", "optionalDependencies"]) {
    for (const [name, version] of Object.entries(manifest[group] ?? {})) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
    }
  }
});
