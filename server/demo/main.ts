/**
 * `npm run demo`: an installation of its own in `data/demo`, started as usual, and the DeployBuddy story played into it
 * through the public interface. The same seed plays the same story.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { demoEnvironment, readConfig } from "@/server/config";
import { prepareInstallation } from "@/server/demo-installation";
import { playLive, setTheScene, type Play } from "./play";
import { publicInterface } from "./public-interface";
import { APPLICATION } from "./story";

const { values } = parseArgs({ options: { seed: { type: "string", default: "7" } } });
const config = readConfig();
const dataDir = join(config.dataDir, "demo");
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());

const say = (line: string): void => console.log(`  ${new Date().toISOString().slice(11, 19)}  ${line}`);

console.log("\nSwitchback demo: DeployBuddy, a release assistant, gets two new features.\n");
rmSync(dataDir, { recursive: true, force: true });
mkdirSync(dataDir, { recursive: true, mode: 0o700 });
const access = await prepareInstallation(dataDir, join(import.meta.dirname, "../db/control/migrations"));
const server = startServer();
server.once("exit", (code) => {
  if (!stopping.signal.aborted) console.error(`\nThe server ended with ${code}; see ${join(dataDir, "server.log")}.`);
  process.exit(stopping.signal.aborted ? 0 : 1);
});
await ready();
const url = `http://127.0.0.1:${config.port}`;
console.log(`\n  Open     ${url}/p/${APPLICATION}\n  Sign in  ${access.email}  ${access.password}\n`);

const actorOf = (token: string) => publicInterface({ url, intakeUrl: `http://127.0.0.1:${config.intakePort}`, token });
const actors = {
  pipeline: actorOf(access.tokens.pipeline),
  manager: actorOf(access.tokens.manager),
  gateway: actorOf(access.tokens.gateway),
};
const play: Play = { seed: Number(values.seed), requestsPerSecond: 50, healthyMs: 8_000, historyHours: 48, say };
try {
  const cast = await setTheScene(actors, play);
  console.log(`\n  Compare  ${url}/p/${APPLICATION}/compare?rollout=${cast.rolloutId}\n  Stop     Ctrl+C\n`);
  await playLive(actors, { play, cast, signal: stopping.signal });
} finally {
  stopping.abort();
  server.kill("SIGTERM");
}

function startServer(): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, "main.js")], {
    // The story is what the terminal shows; what the server has to say is kept beside its data.
    stdio: ["ignore", openSync(join(dataDir, "server.log"), "a"), "inherit"],
    env: { ...demoEnvironment(dataDir), SWITCHBACK_DEMO: APPLICATION },
  });
}

async function ready(): Promise<void> {
  const address = `http://127.0.0.1:${config.port}/readyz`;
  for (let tries = 0; tries < 300; tries++) {
    const answered = await fetch(address).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return;
    await delay(200);
  }
  throw new Error(`the server was not ready after a minute: ${address} does not answer 200`);
}
