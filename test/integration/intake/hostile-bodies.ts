/**
 * Bodies for the intake that are wrong in every way: real ones of all four calls, damaged in their bytes or in their
 * structure, and noise. The same seed gives the same bodies.
 */
import fc from "fast-check";
import { benchSpans, encodeJson, encodeProtobuf, randomFrom } from "@/test/bench/genai-spans";
import { randomExports, toJson, toProtobuf } from "@/test/unit/telemetry/otlp-arbitraries";

const PATHS = ["/v1/traces", "/v1/logs", "/api/v1/requests", "/api/v1/scores"] as const;

export interface HostileBody {
  path: (typeof PATHS)[number];
  contentType: string;
  body: Buffer;
}

const NOW_MS = Date.parse("2026-04-10T12:00:00.000Z");
const PROTOBUF = "application/x-protobuf";
const JSON_TYPE = "application/json";
const EXPORTS = 60;
const LONGEST_NOISE = 300;

const RECORD = {
  requestId: "req-1",
  application: "deploy-assistant",
  releaseId: "698df6d7ad",
  track: "canary",
  time: "2026-04-10T11:59:58.000Z",
  traceId: "5b8efff798038103d269b633813fc60c",
  responseId: "chatcmpl-1",
  shadowOf: "req-0",
  subject: "user-1",
  region: "eu",
  tenant: "acme",
  segments: { plan: "pro" },
  status: "error",
  errorType: "timeout",
  ttftMs: 412.5,
  durationMs: 1800,
  inputTokens: 512,
  outputTokens: 88,
  costUsd: 0.0021,
  scores: { groundedness: 0.9 },
  features: [{ view: "user_stats", name: "deploys", value: 3, timestamp: "2026-04-10T11:00:00.000Z" }],
  measures: { cacheHits: 3 },
  attributes: { note: "text" },
};
const SCORE = { requestId: "req-1", name: "groundedness", value: 0.8, judge: "judge@3", time: RECORD.time };
const EVALUATION = {
  resourceLogs: [
    {
      resource: { attributes: [{ key: "service.name", value: { stringValue: "deploy-assistant" } }] },
      scopeLogs: [
        {
          logRecords: [
            {
              timeUnixNano: "1775822398000000000",
              eventName: "gen_ai.evaluation.result",
              traceId: RECORD.traceId,
              spanId: "00f067aa0ba902b7",
              attributes: [
                { key: "gen_ai.evaluation.name", value: { stringValue: "groundedness" } },
                { key: "gen_ai.evaluation.score.value", value: { doubleValue: 0.7 } },
                { key: "gen_ai.response.id", value: { stringValue: "chatcmpl-1" } },
              ],
            },
          ],
        },
      ],
    },
  ],
};

/** What stands where something else should. */
const NASTY: readonly unknown[] = [
  null,
  true,
  0,
  -0,
  -1,
  0.1,
  1e308,
  -1e308,
  5e-324,
  2 ** 53,
  2 ** 63,
  "",
  "0",
  "NaN",
  "1e999",
  "9".repeat(40),
  "\u0000",
  "\ud800",
  "𝄞".repeat(50),
  "x".repeat(5_000),
  "2026-13-45T99:99:99Z",
  "9999-12-31T23:59:59.999Z",
  "__proto__",
  [],
  {},
  [[[[[[[[[[]]]]]]]]]],
  { constructor: { prototype: null } },
  { key: "a", value: { arrayValue: { values: [{}] } } },
];

/** Makes bodies, one after the other. */
export class HostileBodies {
  readonly #random: () => number;
  readonly #real: readonly HostileBody[];

  constructor(seed: number) {
    this.#random = randomFrom(seed);
    this.#real = realBodies(seed);
  }

  next(): HostileBody {
    const real = this.#pick(this.#real);
    const chance = this.#random();
    if (chance < 0.1) return real;
    if (chance < 0.2) return { ...real, path: this.#pick(PATHS), body: this.#noise() };
    if (real.contentType === JSON_TYPE && chance < 0.7) return { ...real, body: this.#otherStructure(real.body) };
    return { ...real, body: this.#otherBytes(real.body) };
  }

  #otherBytes(body: Buffer): Buffer {
    const start = this.#index(body.length);
    switch (this.#index(5)) {
      case 0:
        return body.subarray(0, start);
      case 1:
        return Buffer.concat([body.subarray(0, start), this.#noise(), body.subarray(start)]);
      case 2:
        return Buffer.concat([body, body.subarray(start)]);
      case 3:
        return Buffer.concat([body.subarray(0, start), this.#pick(this.#real).body.subarray(start)]);
      default: {
        const changed = Buffer.from(body);
        for (let left = 1 + this.#index(8); left > 0 && changed.length > 0; left--) {
          changed[this.#index(changed.length)] = this.#index(256);
        }
        return changed;
      }
    }
  }

  /** Puts something nasty in some place of a JSON body. */
  #otherStructure(body: Buffer): Buffer {
    const root: unknown = JSON.parse(body.toString());
    for (let left = 1 + this.#index(3); left > 0; left--) this.#spoil(root);
    return Buffer.from(JSON.stringify(root));
  }

  #spoil(root: unknown): void {
    let at = root;
    for (;;) {
      if (typeof at !== "object" || at === null) return;
      const keys = Object.keys(at);
      if (keys.length === 0) return;
      const key = this.#pick(keys);
      const inner: unknown = Reflect.get(at, key);
      if (typeof inner !== "object" || inner === null || this.#random() < 0.15) {
        if (this.#random() < 0.2) Reflect.deleteProperty(at, key);
        else Reflect.set(at, key, structuredClone(this.#pick(NASTY)));
        return;
      }
      at = inner;
    }
  }

  #noise(): Buffer {
    return Buffer.from(Array.from({ length: this.#index(LONGEST_NOISE) }, () => this.#index(256)));
  }

  #index(end: number): number {
    return Math.floor(this.#random() * end);
  }

  #pick<T>(values: readonly T[]): T {
    // Never asked of an empty list.
    return values[this.#index(values.length)] as T;
  }
}

function realBodies(seed: number): HostileBody[] {
  const random = randomFrom(seed);
  const exports = fc.sample(randomExports, { numRuns: EXPORTS, seed });
  const spans = Array.from({ length: EXPORTS }, (_, i) => benchSpans(1 + (i % 3), NOW_MS, random));
  const traces = [
    ...exports.map((groups) => [PROTOBUF, toProtobuf(groups)] as const),
    ...exports.map((groups, i) => [JSON_TYPE, toJson(groups, i % 2 === 0 ? "camel" : "snake")] as const),
    ...spans.map((group) => [PROTOBUF, encodeProtobuf(group)] as const),
    ...spans.map((group) => [JSON_TYPE, encodeJson(group)] as const),
  ];
  const json = (path: HostileBody["path"], value: unknown, count: number): HostileBody[] =>
    Array.from({ length: count }, () => ({ path, contentType: JSON_TYPE, body: Buffer.from(JSON.stringify(value)) }));
  return [
    ...traces.map(([contentType, body]): HostileBody => ({ path: "/v1/traces", contentType, body })),
    // Records of logs have the same outer shape, so the decoder goes far before it meets what it does not expect.
    ...traces
      .filter((_, i) => i % 4 === 0)
      .map(([contentType, body]): HostileBody => ({ path: "/v1/logs", contentType, body })),
    ...json("/v1/logs", EVALUATION, EXPORTS),
    ...json("/api/v1/requests", { requests: [RECORD, { ...RECORD, requestId: "req-2" }] }, EXPORTS),
    ...json("/api/v1/scores", { scores: [SCORE, { ...SCORE, name: "relevance" }] }, EXPORTS),
  ];
}
