/** Nothing acknowledged is lost: the intake is killed in the middle of load, and its files are counted afterwards. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import Database from "better-sqlite3";
import { openTelemetryForReading } from "@/db/telemetry/open";
import { toRfc3339 } from "@/server/domain/time";
import { SqliteTelemetryReader } from "@/server/store/sqlite/sqlite-telemetry-reader";
import { IntakeFolder, sendRequests, type IntakeProcess } from "./intake-process";

/** Kills per run; more by hand. */
const CRASHES = Number(process.env["CRASHES"] ?? 20);
const BATCH = 40;
/** Half a minute on a machine that has time. */
const TIMEOUT_MS = 300_000;
const APPLICATION = "deploy-assistant";

let folder: IntakeFolder;
beforeAll(() => {
  folder = new IntakeFolder();
});
afterAll(() => {
  folder.remove();
});

/** Four senders until the process stops answering; what they could not see acknowledged they send again next time. */
class Load {
  readonly acknowledged: string[] = [];
  unsure: object[][] = [];
  #sent = 0;

  async run(intake: IntakeProcess): Promise<void> {
    await Promise.all(Array.from({ length: 4 }, async () => this.#sender(intake)));
  }

  async #sender({ url }: IntakeProcess): Promise<void> {
    for (;;) {
      const batch = this.unsure.pop() ?? this.#fresh();
      const status = await sendRequests(url, batch);
      if (status === 200) this.acknowledged.push(...batch.map((record) => String(Reflect.get(record, "requestId"))));
      else this.unsure.push(batch);
      if (status === undefined) return;
    }
  }

  #fresh(): object[] {
    const startMs = Date.now() - 60_000;
    return Array.from({ length: BATCH }, () => {
      const number = this.#sent++;
      return {
        requestId: `request-${number}`,
        releaseId: number % 3 === 0 ? "f91be2a454" : "698df6d7ad",
        time: toRfc3339(startMs + (number % 50) * 1_000),
        region: number % 2 === 0 ? "us-west" : "eu",
        status: number % 7 === 0 ? "error" : "ok",
        ttftMs: 100 + (number % 900),
        scores: { groundedness: (number % 100) / 100 },
      };
    });
  }
}

interface Recount {
  count: number;
  errors: number;
  ttft: number;
  scores: number;
}

/** The same sums from the raw rows. */
function recount(path: string, region?: string): Recount {
  const database = new Database(path, { readonly: true });
  const where = region === undefined ? "" : "JOIN dictionary d ON d.id = r.region WHERE d.word = ?";
  const row = database
    .prepare<unknown[], Recount>(
      `SELECT count(*) AS count, sum(status) AS errors, sum(ttft_us) AS ttft,
         sum((SELECT count(*) FROM scores s WHERE s.request = r.id)) AS scores FROM requests r ${where}`,
    )
    .get(...(region === undefined ? [] : [region]));
  database.close();
  return row ?? { count: 0, errors: 0, ttft: 0, scores: 0 };
}

/** The sums as pages see them, from rollups. */
function fromRollups(reader: SqliteTelemetryReader, region?: string): Recount {
  const segment = region === undefined ? {} : { segment: { key: "region", value: region } };
  const range = { application: APPLICATION, fromMs: 0, toMs: Date.now() + 60_000, ...segment };
  const errors = reader.aggregate({ ...range, measure: "event:error" });
  return {
    count: errors.count,
    errors: errors.events,
    ttft: reader.aggregate({ ...range, measure: "ttft_ms" }).sum,
    scores: reader.aggregate({ ...range, measure: "score:groundedness" }).count,
  };
}

describe("kill -9 in the middle of load", () => {
  test(
    `${CRASHES} times: every acknowledged request is there once, and rollups equal a recount`,
    { timeout: TIMEOUT_MS },
    async () => {
      const load = new Load();
      for (let crash = 0; crash < CRASHES; crash++) {
        const intake = await folder.start();
        setTimeout(() => intake.child.kill("SIGKILL"), 100 + ((crash * 137) % 400));
        await load.run(intake);
        await intake.ended;
      }
      // Senders send again what they are unsure of.
      const last = await folder.start();
      for (const batch of load.unsure) expect(await sendRequests(last.url, batch)).toBe(200);
      load.acknowledged.push(...load.unsure.flat().map((record) => String(Reflect.get(record, "requestId"))));
      last.child.kill("SIGTERM");
      expect(await last.ended).toBe(0);

      expect(load.acknowledged.length).toBeGreaterThan(BATCH * CRASHES);
      expect(new Set(load.acknowledged).size).toBe(load.acknowledged.length);
      const reader = new SqliteTelemetryReader(openTelemetryForReading(folder.telemetry));
      for (const requestId of load.acknowledged) expect(reader.findRequest({ requestId })?.scores).toHaveLength(1);
      expect(recount(folder.telemetry).count).toBe(load.acknowledged.length);
      expect(fromRollups(reader)).toEqual(recount(folder.telemetry));
      for (const region of ["us-west", "eu"]) {
        expect(fromRollups(reader, region)).toEqual(recount(folder.telemetry, region));
      }
      const check = new Database(folder.telemetry, { readonly: true });
      expect(check.pragma("integrity_check", { simple: true })).toBe("ok");
      check.close();
      reader.close();
    },
  );
});

describe("SIGTERM in the middle of load", () => {
  test("answers what was sent, commits it, and ends with 0", async () => {
    const intake = await folder.start();
    const answers = Array.from({ length: 8 }, async (_, sender) =>
      sendRequests(
        intake.url,
        Array.from({ length: 500 }, (__, at) => ({ requestId: `term-${sender}-${at}` })),
      ),
    );
    // Until the first batch is in; the others are being sent, read or committed.
    await Promise.race(answers);
    intake.child.kill("SIGTERM");
    const statuses = await Promise.all(answers);
    expect(await intake.ended).toBe(0);
    const stored = new Database(folder.telemetry, { readonly: true })
      .prepare<[], { count: number }>("SELECT count(*) AS count FROM requests WHERE request_id LIKE 'term-%'")
      .get();
    expect(stored?.count).toBe(statuses.filter((status) => status === 200).length * 500);
    expect(statuses.every((status) => status === 200 || status === 503 || status === undefined)).toBe(true);
    expect(stored?.count).toBeGreaterThan(0);
  });

  test("a lost parent ends the process too", async () => {
    const intake = await folder.start();
    intake.child.disconnect();
    expect(await intake.ended).toBe(0);
  });
});
