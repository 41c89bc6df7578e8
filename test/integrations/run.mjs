// Runs the adapters against the real servers: installs MLflow and Feast from PyPI into virtual environments, starts a
// server, applies a feature repository, and holds both against the code. Needs Python 3.10 or newer and a few minutes;
// `--record` keeps what the servers answered as the fixtures of the tests that need no Python.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const record = process.argv.includes("--record");
/** Kept between runs: installing takes most of the time. */
const environments = process.env.SWITCHBACK_PYTHON_ENVIRONMENTS ?? join("test-results", "python");
const work = mkdtempSync(join(tmpdir(), "switchback-integrations-"));

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: "utf8", ...options });
  if (result.status === 0) return result.stdout;
  throw new Error(
    `${command} ${args.join(" ")} ended with ${result.status ?? result.signal}:\n${result.stdout}\n${result.stderr}`,
  );
}

/** The folder of a virtual environment's programs, with the package installed. */
function environment(name) {
  const folder = resolve(environments, name);
  const programs = join(folder, "bin");
  if (!existsSync(join(programs, name))) {
    console.log(`installing ${name}`);
    mkdirSync(join(folder, ".."), { recursive: true });
    run("python3", ["-m", "venv", folder]);
    run(join(programs, "pip"), ["install", "--quiet", name], { timeout: 1_200_000 });
  }
  return programs;
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
    if (server.exitCode !== null || Date.now() > deadline) throw new Error("MLflow's server did not start");
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const seed = join("test", "integrations", "seed_mlflow.py");
  run(join(programs, "python"), [seed], { env: { ...process.env, MLFLOW_TRACKING_URI: url } });
  return { url, stop: () => server.pid !== undefined && process.kill(-server.pid, "SIGTERM") };
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

let mlflow;
let status = 1;
try {
  const dump = feastDump(environment("feast"));
  mlflow = await startMlflow(environment("mlflow"));
  const settings = { MLFLOW_URL: mlflow.url, FEAST_DUMP: dump, ...(record ? { RECORD: "1" } : {}) };
  const result = spawnSync("npx", ["vitest", "run", "--config", "test/integrations/vitest.config.ts"], {
    stdio: "inherit",
    env: { ...process.env, ...settings },
  });
  status = result.status ?? 1;
  if (record && status === 0) {
    writeFileSync(join("test", "fixtures", "feast", "registry-dump.json"), readFileSync(dump));
  }
} finally {
  mlflow?.stop();
  rmSync(work, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 });
}
process.exit(status);
