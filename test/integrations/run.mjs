// Runs the adapters against the real servers: installs MLflow and Feast from PyPI into virtual environments, starts a
// server, applies a feature repository, and holds both against the code. Needs Python 3.10 or newer; installing takes a
// few minutes the first time. `--record` keeps what the servers answered as the fixtures of the tests that need no Python.
// Its last line is `N passed, N failed`; whatever keeps the tests from running is one that failed.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";

const record = process.argv.includes("--record");
/** Kept between runs and checkouts: installing takes most of the time. */
const environments = process.env.SWITCHBACK_PYTHON_ENVIRONMENTS ?? join(cacheFolder(), "switchback", "python");
/** What the recorded answers are of; another version is another folder. */
const VERSIONS = JSON.parse(readFileSync(join("test", "integrations", "versions.json"), "utf8"));
const INSTALL_TRIES = 3;
const report = resolve("test-results", "integrations.json");
const work = mkdtempSync(join(tmpdir(), "switchback-integrations-"));

/** Where a machine keeps what can be made again; the temporary folder where there is no home. */
function cacheFolder() {
  if (process.env.XDG_CACHE_HOME) return process.env.XDG_CACHE_HOME;
  const home = homedir();
  return home !== "/" && existsSync(home) ? join(home, ".cache") : tmpdir();
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: "utf8", ...options });
  if (result.status === 0) return result.stdout;
  const said = `${result.stdout ?? ""}\n${result.stderr ?? result.error?.message ?? ""}`.trim();
  throw new Error(`${command} ${args.join(" ")} ended with ${result.status ?? result.signal ?? "an error"}:\n${said}`);
}

function requirePython() {
  // Debian keeps ensurepip, without which no environment can be made, in a package of its own.
  const check = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10) and 'python3 is ' + sys.version)";
  try {
    run("python3", ["-c", check]);
  } catch (error) {
    throw new Error(
      `Python 3.10 or newer with its venv module is needed, on Debian apt-get install python3-venv: ${lastLines(error, 1)}`,
    );
  }
}

/** The end of what a program said: where it comes to what is wrong. */
function lastLines(error, count) {
  return error.message.trim().split("\n").slice(-count).join("\n");
}

/** The folder of a virtual environment's programs, with the package installed. An installation is whole or not there. */
function environment(name) {
  const version = VERSIONS[name];
  const folder = resolve(environments, `${name}-${version}`);
  const programs = join(folder, "bin");
  const done = join(folder, "installed");
  if (existsSync(done)) return programs;
  const startedMs = Date.now();
  console.log(`installing ${name} ${version} into ${folder}: this takes a few minutes, once`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(environments, { recursive: true });
  run("python3", ["-m", "venv", folder]);
  install(join(programs, "pip"), { name, version });
  writeFileSync(done, "");
  console.log(`installed ${name} in ${Math.round((Date.now() - startedMs) / 1000)} s`);
  return programs;
}

/** A package index that stumbles is asked again; pip itself retries single downloads. */
function install(pip, { name, version }) {
  const args = ["install", "--quiet", "--disable-pip-version-check", "--retries", "5", "--timeout", "60"];
  for (let tries = 1; ; tries++) {
    try {
      run(pip, [...args, `${name}==${version}`], { timeout: 1_200_000 });
      return;
    } catch (error) {
      const last = lastLines(error, 2);
      if (tries === INSTALL_TRIES) {
        throw new Error(
          `${name} ${version} could not be installed: does the package index answer (PyPI, or PIP_INDEX_URL), and has it that version?\n${last}`,
        );
      }
      console.log(`attempt ${tries} of ${INSTALL_TRIES} failed, again in ${tries * 10} s: ${last}`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, tries * 10_000);
    }
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function startMlflow(programs) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const store = `sqlite:///${join(work, "mlflow.db")}`;
  const args = [
    "server",
    "--host",
    "127.0.0.1",
    "--port",
    String(port),
    "--backend-store-uri",
    store,
    "--workers",
    "1",
  ];
  // A group of its own: the server starts workers.
  const server = spawn(join(programs, "mlflow"), args, { cwd: work, detached: true, stdio: "ignore" });
  const deadline = Date.now() + 180_000;
  for (;;) {
    const ready = await fetch(`${url}/health`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) break;
    if (server.exitCode !== null || Date.now() > deadline) {
      endGroup(server);
      throw new Error(`MLflow's server did not start: ${server.exitCode === null ? "no answer in 3 min" : "it ended"}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const seed = join("test", "integrations", "seed_mlflow.py");
  run(join(programs, "python"), [seed], { env: { ...process.env, MLFLOW_TRACKING_URI: url } });
  return { url, stop: () => endGroup(server) };
}

/** Ends a process and what it started, unless they have ended by themselves. */
function endGroup({ pid }) {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGTERM");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** What `feast registry-dump` says of the feature repository beside this file. */
function feastDump(programs) {
  const folder = join(work, "feast");
  cpSync(join("test", "integrations", "feast"), folder, { recursive: true });
  run(join(programs, "python"), ["make_data.py"], { cwd: folder });
  run(join(programs, "feast"), ["apply"], { cwd: folder });
  const text = run(join(programs, "feast"), ["registry-dump"], { cwd: folder });
  const dump = join(work, "registry-dump.json");
  writeFileSync(dump, text.slice(text.indexOf("{")).replaceAll(`${folder}/`, ""));
  return dump;
}

/** From the runner's own report; without one nothing ran, and a run that failed has a failure in any case. */
function countTests() {
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests: passed, numTotalTests } = JSON.parse(readFileSync(report, "utf8"));
  return { passed, failed: Math.max(numTotalTests - passed, passed === 0 || !ended ? 1 : 0) };
}

let mlflow;
/** Whether the tests ran, and the runner had nothing to complain about. */
let ended = false;
rmSync(report, { force: true });
try {
  requirePython();
  const dump = feastDump(environment("feast"));
  mlflow = await startMlflow(environment("mlflow"));
  const settings = { MLFLOW_URL: mlflow.url, FEAST_DUMP: dump, ...(record ? { RECORD: "1" } : {}) };
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const result = spawnSync("npx", ["vitest", "run", "--config", "test/integrations/vitest.config.ts", ...reporters], {
    stdio: "inherit",
    env: { ...process.env, ...settings },
  });
  ended = result.status === 0;
  if (record && ended) {
    writeFileSync(join("test", "fixtures", "feast", "registry-dump.json"), readFileSync(dump));
  }
} catch (error) {
  console.error(`\nThe adapters were not tested against the real servers: ${error.message}`);
} finally {
  mlflow?.stop();
  rmSync(work, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 });
}
const { passed, failed } = countTests();
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
