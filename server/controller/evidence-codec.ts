/**
 * Evidence as it is kept between ticks: names once, and every number of every rule in one array of doubles. It is a
 * third of the JSON, costs nothing to parse, and gives back the same bits.
 */
import { z } from "zod";
import type { ArmBucket } from "@/server/domain/evidence/bucket";
import { STAT_VERSION } from "@/server/domain/evidence/constants";
import type { Evidence } from "@/server/domain/evidence/engine";
import type { RelativeEvidence } from "@/server/domain/evidence/relative-evidence";
import type { Presence, RuleEvidence } from "@/server/domain/evidence/rule-evidence";
import { TRACKS } from "@/server/domain/vocabulary";
import type { StoredEvidence, StoredRule } from "./rollout-evidence";

/** What is written with the numbers; all of it is short. */
const PackedHead = z.object({
  statVersion: z.literal(STAT_VERSION),
  policyVersion: z.number(),
  track: z.enum(TRACKS),
  consumedToMs: z.number(),
  slots: z.record(z.string(), z.number()),
  dispersions: z.record(z.string(), z.object({ value: z.number(), assumed: z.boolean() })),
  acknowledged: z.array(z.string()),
  ruleIds: z.array(z.string()),
  halves: z.object({
    runs: z.number(),
    elapsedSec: z.number(),
    alarms: z.number(),
    alarmed: z.boolean(),
    ruleIds: z.array(z.string()),
  }),
  /** Subjects, in the order in which the numbers count them. */
  texts: z.array(z.string()),
});

/** In memory. */
export interface PackedEvidence extends z.infer<typeof PackedHead> {
  readonly numbers: Float64Array<ArrayBuffer>;
}

/** As JSON: the doubles' bytes, little-endian, in base64. */
const WrittenEvidence = PackedHead.extend({ numbers: z.base64() });
export type WrittenEvidence = z.infer<typeof WrittenEvidence>;

export function packEvidence(evidence: StoredEvidence): PackedEvidence {
  const { rules, halves, ...head } = evidence;
  const { rules: halfRules, ...counts } = halves;
  const sink: Sink = { numbers: new NumberSink(), texts: [] };
  for (const rule of Object.values(rules)) putRule(sink, rule);
  for (const state of Object.values(halfRules)) putState(sink, state);
  return {
    ...head,
    statVersion: STAT_VERSION,
    ruleIds: Object.keys(rules),
    halves: { ...counts, ruleIds: Object.keys(halfRules) },
    texts: sink.texts,
    numbers: sink.numbers.taken(),
  };
}

/**
 * Gives the numbers' memory back at once: a thousand rollouts' worth of it is made at every tick, and what is outside the
 * heap may wait long for the collector. Nothing may read them afterwards.
 */
export function discardEvidence({ numbers }: PackedEvidence): void {
  numbers.buffer.transfer(0);
}

export function unpackEvidence(packed: PackedEvidence): StoredEvidence {
  const { statVersion: _, ruleIds, halves, texts, numbers, ...head } = packed;
  const { ruleIds: halfIds, ...counts } = halves;
  const source: Source = { numbers, texts, at: 0, text: 0 };
  const rules = Object.fromEntries(ruleIds.map((id) => [id, takeRule(source)]));
  const halfRules = Object.fromEntries(halfIds.map((id) => [id, takeState(source)]));
  return { ...head, rules, halves: { ...counts, rules: halfRules } };
}

export function writtenEvidence({ numbers, ...head }: PackedEvidence): WrittenEvidence {
  const bytes = Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return { ...head, numbers: bytes.toString("base64") };
}

/** What `writtenEvidence` wrote; undefined for nothing, and for what another version of the statistics wrote. */
export function readEvidence(written: unknown): PackedEvidence | undefined {
  const parsed = WrittenEvidence.safeParse(written);
  if (!parsed.success) return undefined;
  const bytes = Buffer.from(parsed.data.numbers, "base64");
  const numbers = new Float64Array(bytes.byteLength / 8);
  new Uint8Array(numbers.buffer).set(bytes);
  return { ...parsed.data, numbers };
}

interface Sink {
  readonly numbers: NumberSink;
  readonly texts: string[];
}

/** What every packing writes into: a rollout has thousands of numbers, and most ticks have another as many. */
let scratch = new Float64Array(8_192);

class NumberSink {
  #length = 0;

  push(...numbers: readonly number[]): void {
    for (let at = 0; at < numbers.length; at++) this.put(numbers[at] ?? NULL);
  }

  put(one: number): void {
    if (this.#length === scratch.length) {
      const longer = new Float64Array(2 * scratch.length);
      longer.set(scratch);
      scratch = longer;
    }
    scratch[this.#length++] = one;
  }

  /** A copy of what was put. */
  taken(): Float64Array<ArrayBuffer> {
    return scratch.slice(0, this.#length);
  }
}

interface Source {
  readonly numbers: Float64Array;
  readonly texts: readonly string[];
  at: number;
  text: number;
}

/** Stands for null: no number of the evidence is NaN. */
const NULL = Number.NaN;
/** A length that stands for "absent". */
const ABSENT = -1;

function take(source: Source): number {
  return source.numbers[source.at++] ?? NULL;
}

function takeNullable(source: Source): number | null {
  const value = take(source);
  return Number.isNaN(value) ? null : value;
}

function putRule(sink: Sink, { alpha, dispersion, state }: StoredRule): void {
  sink.numbers.push(alpha, dispersion.value, Number(dispersion.assumed));
  putState(sink, state);
}

function putState(sink: Sink, state: RuleEvidence): void {
  const { numbers } = sink;
  numbers.push(state.startedAtMs ?? NULL, state.lastStartMs ?? NULL, state.lastEndMs ?? NULL);
  putEvidence(sink, state.absolute);
  putEvidence(sink, state.control);
  putRelative(sink, state.relative);
  putList(sink, state.proof);
  const { m, twinM, controlM, proofLog } = state.values;
  numbers.push(m, twinM ?? NULL, controlM ?? NULL, proofLog, state.n, state.events);
  putTexts(sink, state.badSubjects);
  const { candidateMs, controlMs, gapsMs } = state.presence;
  numbers.push(candidateMs ?? NULL, controlMs ?? NULL);
  putList(sink, gapsMs);
  numbers.push(state.reachedSinceMs ?? NULL, Number(state.breaching), state.breachedAtMs ?? NULL);
}

function takeRule(source: Source): StoredRule {
  const alpha = take(source);
  const dispersion = { value: take(source), assumed: take(source) === 1 };
  return { alpha, dispersion, state: takeState(source) };
}

function takeState(source: Source): RuleEvidence {
  // The order of the members is that of `putState`.
  return {
    statVersion: STAT_VERSION,
    startedAtMs: takeNullable(source),
    lastStartMs: takeNullable(source),
    lastEndMs: takeNullable(source),
    absolute: takeEvidence(source),
    control: takeEvidence(source),
    relative: takeRelative(source),
    proof: takeList(source) ?? [],
    values: {
      m: take(source),
      twinM: takeNullable(source),
      controlM: takeNullable(source),
      proofLog: take(source),
    },
    n: take(source),
    events: take(source),
    badSubjects: takeTexts(source),
    presence: takePresence(source),
    reachedSinceMs: takeNullable(source),
    breaching: take(source) === 1,
    breachedAtMs: takeNullable(source),
  };
}

function takePresence(source: Source): Presence {
  return {
    candidateMs: takeNullable(source),
    controlMs: takeNullable(source),
    gapsMs: takeList(source) ?? [],
  };
}

function putEvidence(sink: Sink, evidence: Evidence | null): void {
  putList(sink, evidence?.weights);
  if (evidence !== null) sink.numbers.put(evidence.elapsedSec);
}

function takeEvidence(source: Source): Evidence | null {
  const weights = takeList(source);
  return weights === undefined ? null : { weights, elapsedSec: take(source) };
}

function putRelative(sink: Sink, relative: RelativeEvidence | null): void {
  if (relative === null) {
    sink.numbers.put(ABSENT);
    return;
  }
  const { streams, block, memory } = relative;
  sink.numbers.put(streams.length);
  for (const stream of streams) putEvidence(sink, stream);
  sink.numbers.put(block?.sinceMs ?? NULL);
  if (block !== null) for (const arm of [block.candidate, block.control]) putArm(sink, arm);
  const { n, sum, sumSq } = memory.moments;
  sink.numbers.push(n, sum, sumSq);
  putBins(sink, memory.bins);
}

function takeRelative(source: Source): RelativeEvidence | null {
  const count = take(source);
  if (count === ABSENT) return null;
  const streams = Array.from({ length: count }, () => takeEvidence(source) ?? { weights: [], elapsedSec: 0 });
  const sinceMs = takeNullable(source);
  const block = sinceMs === null ? null : { sinceMs, candidate: takeArm(source), control: takeArm(source) };
  const moments = { n: take(source), sum: take(source), sumSq: take(source) };
  return { streams, block, memory: { moments, bins: takeBins(source) ?? [] } };
}

function putArm(sink: Sink, { n, events, badSubjects, tent, bins }: ArmBucket): void {
  sink.numbers.push(n, events);
  putTexts(sink, badSubjects);
  putList(sink, tent);
  putBins(sink, bins);
}

function takeArm(source: Source): ArmBucket {
  const counts = { n: take(source), events: take(source), badSubjects: takeTexts(source) };
  const tent = takeList(source);
  const bins = takeBins(source);
  return { ...counts, ...(tent === undefined ? {} : { tent }), ...(bins === undefined ? {} : { bins }) };
}

function putList({ numbers }: Sink, list: readonly number[] | undefined): void {
  numbers.put(list?.length ?? ABSENT);
  if (list === undefined) return;
  // By index: an iterator's results would be a tenth of all that a tick allocates.
  for (let at = 0; at < list.length; at++) numbers.put(list[at] ?? NULL);
}

function takeList(source: Source): number[] | undefined {
  const length = take(source);
  if (length === ABSENT) return undefined;
  const list: number[] = [];
  for (let i = 0; i < length; i++) list.push(take(source));
  return list;
}

type Bins = readonly (readonly [index: number, count: number])[];

function putBins({ numbers }: Sink, bins: Bins | undefined): void {
  numbers.put(bins?.length ?? ABSENT);
  for (const [index, count] of bins ?? []) {
    numbers.put(index);
    numbers.put(count);
  }
}

function takeBins(source: Source): Bins | undefined {
  const length = take(source);
  if (length === ABSENT) return undefined;
  return Array.from({ length }, () => [take(source), take(source)] as const);
}

function putTexts({ numbers, texts }: Sink, list: readonly string[]): void {
  numbers.put(list.length);
  texts.push(...list);
}

function takeTexts(source: Source): string[] {
  const length = take(source);
  source.text += length;
  return source.texts.slice(source.text - length, source.text);
}
