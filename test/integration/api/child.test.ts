/** The supervision of one process, with processes that do as the test says. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { keepRunning, type Child } from "@/server/child";

const folder = mkdtempSync(join(tmpdir(), "switchback-child-"));
const children: Child[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) await child.stop(1_000);
  rmSync(join(folder, "child.mjs"), { force: true });
});

/** Runs `code` as a child with short pauses; counts its starts by its `ready` messages. */
function run(code: string): { child: Child; readies: () => number; givenUp: Promise<void>; logged: object[] } {
  const modulePath = join(folder, "child.mjs");
  writeFileSync(modulePath, code);
  const logged: object[] = [];
  let readies = 0;
  let giveUp: () => void = () => undefined;
  const givenUp = new Promise<void>((resolve) => {
    giveUp = resolve;
  });
  const child = keepRunning({
    name: "child",
    modulePath,
    args: [],
    environment: { NODE_ENV: "test" },
    log: { error: (fields: object) => void logged.push(fields) },
    onReady: () => {
      readies += 1;
    },
    onGivingUp: giveUp,
    pausesMs: [1],
  });
  children.push(child);
  return { child, readies: () => readies, givenUp, logged };
}

test("a process that keeps crashing is given up on", async () => {
  const { givenUp, logged } = run("process.exit(3)");
  await givenUp;
  expect(logged).toHaveLength(8);
  expect(logged.at(-1)).toMatchObject({ child: "child", code: 3, crashes: 8 });
});

test("a process that says a restart cannot help is not started again", async () => {
  const { givenUp, logged } = run("process.exit(78)");
  await givenUp;
  expect(logged).toHaveLength(1);
});

test("a process that ignores the request to stop is killed, and that is told", async () => {
  const { child, readies } = run("process.on('SIGTERM', () => {}); process.send('ready'); setInterval(() => {}, 1000)");
  await expect.poll(readies).toBe(1);
  expect(await child.stop(100)).toBe(false);
});

test("a process that stops in time is told so, and one that is stopped between two starts stays stopped", async () => {
  const obedient = run(
    "process.on('SIGTERM', () => process.exit(0)); process.send('ready'); setInterval(() => {}, 1000)",
  );
  await expect.poll(obedient.readies).toBe(1);
  expect(await obedient.child.stop(5_000)).toBe(true);
  expect(await obedient.child.stop(5_000)).toBe(true);
  expect(obedient.logged).toEqual([]);
});
