// Everything that must pass, in one command: types, lint, format, unused code, unit, integration, build, browser tests.
// The last line it prints is `N passed, N failed`, counted from the runners' own reports.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  console.error(
    `Node ${process.versions.node} is too old: run this through npm (npm test), which brings Node 24, or install Node 22.15 or newer.`,
  );
  process.exit(1);
}

const reports = join("test-results", "reports");
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const totals = { passed: 0, failed: 0 };
const failures = [];

/** Runs one command with inherited output. A failing command is remembered; the rest still runs. */
function run(name, command, args, environment = {}) {
  const startedMs = Date.now();
  console.log(`\n== ${name}`);
  const result = spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...environment } });
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
  const ok = result.status === 0;
  console.log(`== ${name}: ${ok ? "ok" : `failed (exit ${result.status ?? result.signal})`} in ${seconds} s`);
  if (!ok) failures.push(name);
  return ok;
}

/** The names of a Playwright suite's tests that did not pass the first time. */
const failedSpecs = (suite) => [
  ...(suite.specs ?? [])
    .filter(({ tests }) => tests.some(({ status }) => status !== "expected"))
    .map(({ title }) => title),
  ...(suite.suites ?? []).flatMap(failedSpecs),
];

/** A check without test cases counts as one: it must be seen in the totals when it fails. */
function check(name, script) {
  if (run(name, "npm", ["run", "--silent", script])) totals.passed += 1;
  else totals.failed += 1;
}

function readReport(name, file, count) {
  if (!existsSync(file)) {
    failures.push(`${name} wrote no report`);
    totals.failed += 1;
    return;
  }
  const { passed, failed, names } = count(JSON.parse(readFileSync(file, "utf8")));
  failures.push(...names);
  totals.passed += passed;
  totals.failed += failed;
  if (passed + failed === 0) {
    failures.push(`${name} ran no test`);
    totals.failed += 1;
  }
}

function vitest(project) {
  const file = join(reports, `${project}.json`);
  run(`${project} tests`, "npx", [
    "vitest",
    "run",
    "--project",
    project,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${file}`,
  ]);
  readReport(project, file, (report) => ({
    passed: report.numPassedTests,
    failed: report.numTotalTests - report.numPassedTests,
    names: report.testResults.flatMap(({ name, message, assertionResults }) => [
      ...(message ? [`${relative(".", name)}: ${message}`] : []),
      ...assertionResults
        .filter(({ status }) => status !== "passed")
        .map(({ fullName, failureMessages }) => `${relative(".", name)}: ${fullName}\n${failureMessages.join("\n")}`),
    ]),
  }));
}

/** Finds a Chromium, or installs Debian's where that is possible. */
function chromium() {
  const candidates = [
    process.env.CHROMIUM_PATH,
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
  ];
  const found = candidates.find((path) => path && existsSync(path));
  if (found) return found;
  if (existsSync("/usr/bin/apt-get") && process.getuid?.() === 0) {
    run("apt-get update", "apt-get", ["update"]);
    run("install chromium", "apt-get", ["install", "-y", "--no-install-recommends", "chromium"]);
    if (existsSync("/usr/bin/chromium")) return "/usr/bin/chromium";
  }
  console.error("No Chromium found. Install it (Debian: sudo apt-get install chromium) or set CHROMIUM_PATH to one.");
  return undefined;
}

function browserTests() {
  const executable = chromium();
  const file = join(reports, "e2e.json");
  if (executable === undefined) {
    failures.push("browser tests: no Chromium");
    totals.failed += 1;
    return;
  }
  run("browser tests", "npx", ["playwright", "test", "-c", "test/e2e/playwright.config.ts", "--reporter=list,json"], {
    CHROMIUM_PATH: executable,
    PLAYWRIGHT_JSON_OUTPUT_FILE: resolve(file),
  });
  readReport("browser tests", file, ({ stats, suites }) => ({
    names: suites.flatMap(failedSpecs),
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + stats.skipped,
  }));
}

process.env.NEXT_TELEMETRY_DISABLED = "1";
check("types", "typecheck");
check("lint and dependency rules", "lint");
check("format", "format:check");
check("unused code and dependencies", "unused");
vitest("unit");
if (run("build", "npm", ["run", "--silent", "build"])) totals.passed += 1;
else totals.failed += 1;
vitest("integration");
browserTests();

if (failures.length > 0) console.log(`\nFailed:\n- ${failures.join("\n- ")}`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exit(failures.length > 0 || totals.failed > 0 ? 1 : 0);
