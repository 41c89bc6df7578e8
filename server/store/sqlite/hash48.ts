/**
 * The keys of `request_keys` and `request_links`. They are stored, so they must never change; they only find candidates,
 * whose ids are then compared, so they need not withstand anybody.
 */

/** Keys of one bucket of `request_keys`. */
export const KEY_SPACE = 2 ** 31;
/** The span's part of a key, below the trace's 19 bits. */
export const SPAN_SPACE = 2 ** 12;
/** Length of a bucket of `request_keys`. */
const KEY_BUCKET_MS = 600_000;
/** Requests per segment of `request_links`. */
export const LINK_SEGMENT = 2 ** 16;

const LINK_SPACE = 2 ** 21;
const LOW_BITS = 2 ** 32;
/** A request id that is `traceId-spanId`: its hash lets a trace's requests be found as one range. */
const TRACE_AND_SPAN = /^[0-9a-f]{32}-[0-9a-f]{16}$/;

/** A non-negative 48-bit hash of `text`; different `seed`s are different hash functions. */
export function hash48(text: string, seed: number): number {
  let a = 0x9e3779b1 ^ seed;
  let b = 0x85ebca77 ^ seed;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b + unit, 0x5bd1e995) ^ (b >>> 15);
  }
  return finish(a, b);
}

/** The same kind of hash over a range of bytes. */
function hash48Bytes(bytes: Uint8Array, seed: number): number {
  let a = 0x9e3779b1 ^ seed;
  let b = 0x85ebca77 ^ seed;
  for (let i = 0; i < bytes.length; i++) {
    const unit = bytes[i] ?? 0;
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b + unit, 0x5bd1e995) ^ (b >>> 15);
  }
  return finish(a, b);
}

function finish(a: number, b: number): number {
  // Two rounds of xor, shift and multiply spread every input bit over the result.
  let high = Math.imul(a ^ (a >>> 16), 0x7feb352d) ^ Math.imul(b ^ (b >>> 13), 0x846ca68b);
  let low = Math.imul(b ^ (b >>> 16), 0xc2b2ae35) ^ Math.imul(a ^ (a >>> 13), 0x27d4eb2f);
  high ^= high >>> 15;
  low ^= low >>> 14;
  return ((high >>> 0) % 0x10000) * LOW_BITS + (low >>> 0);
}

/** Where the requests of a trace begin in each bucket: their keys lie in `[base, base + SPAN_SPACE)`. */
export function traceBase(traceId: Uint8Array): number {
  return (hash48Bytes(traceId, 1) % (KEY_SPACE / SPAN_SPACE)) * SPAN_SPACE;
}

/** The request key of the span that is a request of its own. */
export function spanKey(traceId: Uint8Array, spanId: Uint8Array): number {
  return traceBase(traceId) + (hash48Bytes(spanId, 2) % SPAN_SPACE);
}

/** The key of an id in text form, below `KEY_SPACE`; `traceId-spanId` gives what `spanKey` gives. */
export function requestKey(requestId: string): number {
  if (requestId.length === 49 && TRACE_AND_SPAN.test(requestId)) {
    return spanKey(Buffer.from(requestId.slice(0, 32), "hex"), Buffer.from(requestId.slice(33), "hex"));
  }
  return hash48(requestId, 3) % KEY_SPACE;
}

/** What a link leads from. */
export type LinkKind = "trace" | "response" | "subject" | "shadow";
const LINK_SEEDS: Readonly<Record<LinkKind, number>> = { trace: 11, response: 12, subject: 13, shadow: 14 };

/** The bucket of a request's time. */
export function bucketOf(timeMs: number): number {
  return Math.floor(timeMs / KEY_BUCKET_MS);
}

/** Row of `request_keys`. */
export function keyRow(bucket: number, key: number): number {
  return bucket * KEY_SPACE + key;
}

/** Hash of a link, 48 bits; a row of `request_links` keeps 21 of them. */
export function linkHash(kind: LinkKind, value: string | Uint8Array): number {
  const seed = LINK_SEEDS[kind];
  return typeof value === "string" ? hash48(value, seed) : hash48Bytes(value, seed);
}

/** First row of `request_links` of a hash in a segment; the request's place in the segment is added to it. */
export function linkBase(segment: number, hash: number): number {
  return (segment * LINK_SPACE + (hash % LINK_SPACE)) * LINK_SEGMENT;
}
