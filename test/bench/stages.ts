/** Where the intake's time goes: each stage alone, in this process, per second of its own CPU. */
import { rmSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { gunzipSync, gzipSync } from "node:zlib";
import { migrateTelemetryDatabase, openTelemetryDatabase } from "@/db/telemetry/open";
import { ControlFacts } from "@/server/store/sqlite/control-facts";
import { TelemetryWriter } from "@/server/store/sqlite/telemetry-writer";
import { decodeTraces } from "@/server/telemetry/otlp/decode-protobuf";
import { decodeJsonTraces } from "@/server/telemetry/otlp/decode-json";
import { mapTraces } from "@/server/telemetry/mapper/map-traces";
import { bareInserts } from "./bare-inserts";
import { benchSpans, encodeJson, encodeProtobuf, randomFrom } from "./genai-spans";

const BATCH = 500;
const nowMs = Date.now();
const random = randomFrom(7);
const spans = Array.from({ length: Number(process.argv[2] ?? 200) }, () => benchSpans(BATCH, nowMs, random));
const facts = new ControlFacts("/nowhere");
const bodies = spans.map(encodeProtobuf);
const zipped = bodies.map((body) => gzipSync(body));
const jsons = spans.map(encodeJson);

function stage<T>(name: string, inputs: readonly T[], work: (input: T) => unknown): void {
  for (const input of inputs.slice(0, 20)) work(input);
  const before = process.cpuUsage();
  for (const input of inputs.slice(20)) work(input);
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  console.log(name.padEnd(24), Math.round(((inputs.length - 20) * BATCH) / seconds), "spans/cpu-s");
}

stage("gunzip", zipped, (body) => gunzipSync(body));
stage("decode protobuf", bodies, decodeTraces);
const decoded = bodies.map(decodeTraces);
stage("map", decoded, (groups) => mapTraces(groups, { facts, nowMs }));
stage("decode json", jsons, decodeJsonTraces);
const path = "/tmp/x/stages.db";
for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
const database = openTelemetryDatabase(path);
migrateTelemetryDatabase(database, "db/telemetry/migrations");
const writer = new TelemetryWriter(database);
const mapped = decoded.map((groups) => mapTraces(groups, { facts, nowMs }));
const pairs = Array.from({ length: mapped.length / 4 }, (_, i) => mapped.slice(i * 4, i * 4 + 4));
const writeFacts = { nowMs, segmentKeys: () => ["region", "tenant"], limits: new Map() };
const profile = process.argv[3] === undefined ? undefined : new Session();
profile?.connect();
profile?.post("Profiler.enable");
profile?.post("Profiler.start");
{
  const before = process.cpuUsage();
  const startedMs = performance.now();
  for (const group of pairs) {
    writer.write({ requests: group.flatMap((one) => one.requests), scores: [] }, { ...writeFacts, nowMs: Date.now() });
  }
  const { user, system } = process.cpuUsage(before);
  const n = mapped.length * BATCH;
  console.log(
    "write 2000".padEnd(24),
    Math.round(n / ((user + system) / 1e6)),
    "per cpu-s",
    Math.round(n / ((performance.now() - startedMs) / 1000)),
    "per s",
  );
}

database.$client.close();
profile?.post("Profiler.stop", (_, result) => writeFileSync(process.argv[3] ?? "", JSON.stringify(result.profile)));
{
  const before = process.cpuUsage();
  for (const end of ["", "-wal", "-shm"]) rmSync(`/tmp/x/floor.db${end}`, { force: true });
  const floor = bareInserts(path, "/tmp/x/floor.db");
  const { user, system } = floor.cpu;
  console.log(
    "bare inserts".padEnd(24),
    Math.round((mapped.length * BATCH) / ((user + system) / 1e6)),
    "per cpu-s",
    Math.round(floor.perSecond),
    "per s",
  );
  void before;
}
