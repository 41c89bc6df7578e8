/** `/v1/traces` and `/v1/logs` over HTTP: encodings, partial success, warnings, errors in the client's own format. */
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { PbfReader } from "pbf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { benchSpans, encodeJson, encodeProtobuf, randomFrom } from "@/test/bench/genai-spans";
import { toJson, toProtobuf, randomExports } from "@/test/unit/telemetry/otlp-arbitraries";
import { READ_TOKEN, runIntake, type RunningIntake } from "./intake-support";
import { NOW_MS } from "./storage-support";

/** Bodies of the HTTP fuzz test; `FUZZ_BODIES=100000` for a long run. */
const BODIES = Number(process.env["FUZZ_BODIES"] ?? 1_500);

let intake: RunningIntake;
let seed = 1;
beforeAll(async () => {
  intake = await runIntake();
});
afterAll(async () => {
  await intake.stop();
});

const PROTOBUF = { "content-type": "application/x-protobuf" };
const TRACES = "/v1/traces";
const LOGS = "/v1/logs";

/** Two requests that nobody has sent yet. */
function freshSpans(count = 2) {
  return benchSpans(count, NOW_MS, randomFrom(seed++));
}

interface PartialSuccess {
  rejected: number;
  message: string;
}

/** An export response in protobuf, read by a library. */
async function partialOf(response: Response): Promise<PartialSuccess> {
  const partial: PartialSuccess = { rejected: 0, message: "" };
  const read = (field: number, target: PartialSuccess, pbf: PbfReader): void => {
    if (field === 1) target.rejected = pbf.readVarint();
    else if (field === 2) target.message = pbf.readString();
  };
  new PbfReader(await response.arrayBuffer()).readFields((field, target: PartialSuccess, pbf) => {
    if (field === 1) pbf.readMessage(read, target);
  }, partial);
  return partial;
}

/** A google.rpc.Status in protobuf. */
async function statusOf(response: Response): Promise<{ code: number; message: string }> {
  return new PbfReader(await response.arrayBuffer()).readFields(
    (field, target: { code: number; message: string }, pbf) => {
      if (field === 1) target.code = pbf.readVarint();
      else if (field === 2) target.message = pbf.readString();
    },
    { code: 0, message: "" },
  );
}

describe("an export of spans", () => {
  test.each<[string, (body: Buffer) => Buffer, Record<string, string>]>([
    ["plain", (body) => body, {}],
    ["with gzip", (body) => gzipSync(body), { "content-encoding": "gzip" }],
    ["with deflate", (body) => deflateSync(body), { "content-encoding": "deflate" }],
    ["with deflate that lacks its header", (body) => deflateRawSync(body), { "content-encoding": "deflate" }],
  ])("%s is stored in both encodings and answered in the same", async (_, pack, headers) => {
    const spans = freshSpans();
    const protobuf = await intake.post(TRACES, pack(encodeProtobuf(spans)), { headers: { ...PROTOBUF, ...headers } });
    expect([protobuf.status, protobuf.headers.get("content-type")]).toEqual([200, "application/x-protobuf"]);
    expect((await protobuf.arrayBuffer()).byteLength).toBe(0);
    const json = await intake.post(TRACES, pack(encodeJson(freshSpans())), {
      headers: { "content-type": "application/json; charset=utf-8", ...headers },
    });
    expect([json.status, json.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(await json.json()).toEqual({});
    const [first] = spans;
    const traceId = first?.traceId.toString("hex") ?? "";
    expect(intake.reader.listRequests({ traceId }, { limit: 5 }).items).toMatchObject([
      { traceId, ttftSide: "client" },
    ]);
  });

  test("sent again in the other encoding is the same requests", async () => {
    const spans = freshSpans(5);
    await intake.post(TRACES, encodeProtobuf(spans), { headers: PROTOBUF });
    const before = intake.reader.listRequests({}, { limit: 500 }).items.length;
    await intake.post(TRACES, encodeJson(spans));
    expect(intake.reader.listRequests({}, { limit: 500 }).items).toHaveLength(before);
  });

  test("without anything in it succeeds", async () => {
    expect((await intake.post(TRACES, Buffer.alloc(0), { headers: PROTOBUF })).status).toBe(200);
    expect(await (await intake.post(TRACES, "{}")).json()).toEqual({});
  });

  test("that is partly unusable is kept in part, with counts and reasons", async () => {
    const [good, bad] = freshSpans();
    if (good === undefined || bad === undefined) throw new Error("two spans were asked for");
    const body = encodeProtobuf([good, { ...bad, startNs: 5n }]);
    const partial = await partialOf(await intake.post(TRACES, body, { headers: PROTOBUF }));
    expect(partial).toEqual({
      rejected: 1,
      message: "1 spans refused: the start time is missing or before the year 2000",
    });
    const json = await intake.post(TRACES, encodeJson([{ ...bad, startNs: 5n }]));
    expect(await json.json()).toEqual({
      partialSuccess: { rejectedSpans: "1", errorMessage: expect.stringContaining("start time") },
    });
    expect(intake.reader.listRequests({ traceId: good.traceId.toString("hex") }, { limit: 5 }).items).toHaveLength(1);
  });

  test("without release ids is kept with a warning", async () => {
    const spans = freshSpans().map((span) => ({
      ...span,
      attributes: span.attributes.filter(([key]) => key !== "switchback.release.id"),
    }));
    const partial = await partialOf(await intake.post(TRACES, encodeProtobuf(spans), { headers: PROTOBUF }));
    expect(partial.rejected).toBe(0);
    expect(partial.message).toMatch(/^2 spans carry no release id; keys looked for: switchback\.release\.id/);
  });
});

describe("an export of logs", () => {
  const evaluation = (over: object) => ({
    resourceLogs: [
      {
        scopeLogs: [
          {
            logRecords: [
              {
                timeUnixNano: `${NOW_MS}000000`,
                eventName: "gen_ai.evaluation.result",
                attributes: [
                  { key: "gen_ai.evaluation.name", value: { stringValue: "groundedness" } },
                  { key: "gen_ai.evaluation.score.value", value: { doubleValue: 0.62 } },
                ],
                ...over,
              },
            ],
          },
        ],
      },
    ],
  });

  test("joins an evaluation to the request of its span, before or after it arrives", async () => {
    const [early, late] = freshSpans();
    if (early === undefined || late === undefined) throw new Error("two spans were asked for");
    const ids = (span: typeof early) => ({
      traceId: span.traceId.toString("hex"),
      spanId: span.spanId.toString("hex"),
    });
    expect(await (await intake.post(LOGS, evaluation(ids(early)))).json()).toEqual({});
    await intake.post(TRACES, encodeProtobuf([early, late]), { headers: PROTOBUF });
    await intake.post(LOGS, evaluation(ids(late)));
    for (const span of [early, late]) {
      const [request] = intake.reader.listRequests({ traceId: ids(span).traceId }, { limit: 1 }).items;
      expect(request?.scores).toMatchObject([{ name: "groundedness", value: 0.62 }]);
    }
  });

  test("joins an evaluation by its response", async () => {
    const [span] = freshSpans(1);
    const responseId = span?.attributes.find(([key]) => key === "gen_ai.response.id")?.[1];
    await intake.post(TRACES, encodeProtobuf(span === undefined ? [] : [span]), { headers: PROTOBUF });
    const attributes = [
      { key: "event.name", value: { stringValue: "gen_ai.evaluation.result" } },
      { key: "gen_ai.evaluation.name", value: { stringValue: "quality" } },
      { key: "gen_ai.evaluation.score.label", value: { stringValue: "pass" } },
      { key: "gen_ai.response.id", value: { stringValue: responseId } },
    ];
    await intake.post(LOGS, evaluation({ eventName: "", attributes }));
    const [request] = intake.reader.listRequests({ responseId: String(responseId) }, { limit: 1 }).items;
    expect(request?.scores).toMatchObject([{ name: "quality", value: 1 }]);
  });

  test("refuses an evaluation that is about nothing or has no number; other records are passed over", async () => {
    const about = await intake.post(LOGS, evaluation({}));
    expect(await about.json()).toMatchObject({ partialSuccess: { rejectedLogRecords: "1" } });
    expect(await (await intake.post(LOGS, evaluation({ eventName: "other", attributes: [] }))).json()).toEqual({});
  });
});

describe("a failure is told in the client's own format", () => {
  test("for a body that does not decode", async () => {
    const protobuf = await intake.post(TRACES, Buffer.from([0x0a, 0x7f]), { headers: PROTOBUF });
    expect([protobuf.status, protobuf.headers.get("content-type")]).toEqual([400, "application/x-protobuf"]);
    expect(await statusOf(protobuf)).toMatchObject({
      code: 3,
      message: expect.stringContaining("exceeds its message"),
    });
    const json = await intake.post(LOGS, "{");
    expect([json.status, await json.json()]).toEqual([400, { code: 3, message: expect.stringContaining("not JSON") }]);
  });

  test("for a missing and a wrong token", async () => {
    const missing = await intake.post(TRACES, Buffer.alloc(0), { headers: PROTOBUF, token: null });
    expect([missing.status, (await statusOf(missing)).code]).toEqual([401, 16]);
    const wrong = await intake.post(TRACES, "{}", { token: READ_TOKEN });
    expect([wrong.status, await wrong.json()]).toMatchObject([403, { code: 7 }]);
  });

  test("for too much, before and after decompression", async () => {
    const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024));
    const headers = { ...PROTOBUF, "content-encoding": "gzip" };
    expect((await intake.post(TRACES, bomb, { headers })).status).toBe(413);
    const plain = await intake.post(TRACES, Buffer.alloc(5 * 1024 * 1024), { headers: PROTOBUF });
    expect([plain.status, (await statusOf(plain)).code]).toEqual([413, 8]);
  });

  test("for another media type", async () => {
    expect((await intake.post(TRACES, "x", { headers: { "content-type": "text/plain" } })).status).toBe(415);
  });
});

test("random bodies get an answer, never a 500, and leave nothing behind but requests", async () => {
  const kinds = ["application/x-protobuf", "application/json"] as const;
  const body = fc.oneof(
    randomExports.map((groups) => toProtobuf(groups)),
    randomExports.map((groups) => toJson(groups, "snake")),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    fc.json().map((text) => Buffer.from(`{"requests":[${text}],"scores":[${text}]}`)),
  );
  const paths = fc.constantFrom(TRACES, LOGS, "/api/v1/requests", "/api/v1/scores");
  await fc.assert(
    fc.asyncProperty(
      body,
      paths,
      fc.constantFrom(...kinds),
      fc.constantFrom("", "gzip"),
      async (bytes, path, type, packed) => {
        const headers = { "content-type": type, ...(packed === "" ? {} : { "content-encoding": packed }) };
        const startedMs = performance.now();
        const response = await intake.post(path, bytes, { headers });
        await response.arrayBuffer();
        expect([200, 400, 413, 415]).toContain(response.status);
        expect(performance.now() - startedMs).toBeLessThan(1_000);
      },
    ),
    { numRuns: BODIES, endOnFailure: true },
  );
  expect(intake.errors).toEqual([]);
  expect((await intake.post("/api/v1/requests", { requests: [{ requestId: "after" }] })).status).toBe(200);
});
