/**
 * Measures the intake as a client sees it: acknowledged after the commit, rollups included, beside the floor of the same
 * run: bare prepared inserts of the same rows and indexes. Several rounds, since the machine is seldom alone.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bareInserts } from "./bare-inserts";
import { bytesPerRequest, TOKEN, withIntake, type BenchIntake } from "./intake-process";
import { batches, sendAll, type Encoding } from "./load";
import { median } from "./statistics";

/** By the clock, and per second of processor time: the second moves less with what else runs on the machine. */
export interface Rate {
  perSecond: number;
  perCpuSecond: number;
}

export interface IntakeFigures {
  protobuf: Rate;
  json: Rate;
  bareInserts: Rate;
  /** Median of the rounds' own ratios of protobuf to bare inserts. */
  ratio: number;
  bytesPerRequest: number;
  residentMib: number;
}

/** Medians of `rounds` rounds with the intake that `entry` holds (a built `intake.js`). */
export async function benchIntake(given: { entry: string; spans: number; rounds: number }): Promise<IntakeFigures> {
  const all: Omit<IntakeFigures, "ratio">[] = [];
  for (let round = 0; round < given.rounds; round++) all.push(await benchRound(given));
  const middle = (value: (figures: Omit<IntakeFigures, "ratio">) => number): number => median(all.map(value));
  const rate = (of: "protobuf" | "json" | "bareInserts"): Rate => ({
    perSecond: middle((figures) => figures[of].perSecond),
    perCpuSecond: middle((figures) => figures[of].perCpuSecond),
  });
  return {
    protobuf: rate("protobuf"),
    json: rate("json"),
    bareInserts: rate("bareInserts"),
    ratio: middle(({ protobuf, bareInserts: floor }) => protobuf.perSecond / floor.perSecond),
    bytesPerRequest: middle((figures) => figures.bytesPerRequest),
    residentMib: middle((figures) => figures.residentMib),
  };
}

async function benchRound({ entry, spans }: { entry: string; spans: number }): Promise<Omit<IntakeFigures, "ratio">> {
  const protobuf = await withIntake({ entry }, async (intake) => {
    const measured = await rate(intake, { encoding: "protobuf", spans, seed: 1 });
    const residentMib = intake.residentMib();
    return { measured, residentMib, ...(await intake.finish()) };
  });
  const telemetry = join(protobuf.folder, "telemetry.db");
  const bytes = bytesPerRequest(telemetry);
  const folder = mkdtempSync(join(tmpdir(), "bench-floor-"));
  const floor = bareInserts(telemetry, join(folder, "floor.db"));
  for (const used of [folder, protobuf.folder]) rmSync(used, { recursive: true });
  const json = await withIntake({ entry }, async (intake) =>
    rate(intake, { encoding: "json", spans: Math.ceil(spans / 2), seed: 2 }),
  );
  return {
    protobuf: protobuf.measured,
    json,
    bareInserts: floor,
    bytesPerRequest: bytes,
    residentMib: protobuf.residentMib,
  };
}

/** The rate of protobuf into a database that holds requests already: a copy of `stored`. */
export async function benchIntakeOn(stored: string, { entry, spans }: { entry: string; spans: number }): Promise<Rate> {
  return withIntake({ entry, stored }, async (intake) => rate(intake, { encoding: "protobuf", spans, seed: 3 }));
}

async function rate(intake: BenchIntake, load: { encoding: Encoding; spans: number; seed: number }): Promise<Rate> {
  const target = { port: intake.port, token: TOKEN };
  const bodies = batches(load);
  // The first batches warm the compiler up, as hours of traffic would.
  await sendAll(target, load.encoding, bodies.splice(0, Math.min(40, Math.floor(bodies.length / 5))));
  const cpuBefore = intake.cpuSeconds();
  const { spans, seconds } = await sendAll(target, load.encoding, bodies);
  return { perSecond: spans / seconds, perCpuSecond: spans / (intake.cpuSeconds() - cpuBefore) };
}
