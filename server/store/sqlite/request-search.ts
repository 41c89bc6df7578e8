/** Finds rows of `requests` by what a gateway knows of them. Reads only; works on the writer's connection and a reader's. */
import type Database from "better-sqlite3";
import type { StoredWord } from "./dictionary";
import type { LinkKind } from "./hash48";
import { bucketOf, keyRow, LINK_SEGMENT, linkBase, linkHash, requestKey, SPAN_SPACE, traceBase } from "./hash48";
import type { PackedId } from "./packed-id";
import { packId, packTraceId } from "./packed-id";
import { SAME_AS_REQUEST } from "./request-columns";
import { identityText } from "./request-writer";

interface IdRow {
  application: StoredWord;
  request_id: PackedId | null;
  trace_id: PackedId | null;
  span_id: PackedId | null;
}

/** Row numbers by id, newest first. */
export class RequestSearch {
  readonly #buckets: Database.Statement<[], { bucket: number }>;
  readonly #key: Database.Statement<[number], { request: number }>;
  readonly #keyRange: Database.Statement<[number, number], { request: number }>;
  readonly #links: Database.Statement<[number, number], { id: number }>;
  readonly #newest: Database.Statement<[], { id: number | null }>;
  readonly #ownResponse: Database.Statement<[number], { id: number }>;
  readonly #time: Database.Statement<[number], { time_ms: number }>;
  readonly #id: Database.Statement<[number], IdRow>;
  readonly #linked: Readonly<Record<LinkKind, Database.Statement<[number, PackedId], { id: number }>>>;

  constructor(database: Database.Database) {
    this.#buckets = database.prepare("SELECT bucket FROM request_buckets ORDER BY bucket DESC");
    this.#key = database.prepare("SELECT request FROM request_keys WHERE id = ?");
    this.#keyRange = database.prepare("SELECT request FROM request_keys WHERE id >= ? AND id < ?");
    this.#links = database.prepare("SELECT id FROM request_links WHERE id >= ? AND id < ? ORDER BY id DESC");
    this.#newest = database.prepare("SELECT max(id) AS id FROM requests");
    this.#id = database.prepare("SELECT application, request_id, trace_id, span_id FROM requests WHERE id = ?");
    this.#ownResponse = database.prepare(`SELECT id FROM requests WHERE id = ? AND response_id = ${SAME_AS_REQUEST}`);
    this.#time = database.prepare("SELECT time_ms FROM requests WHERE id = ?");
    const matching = (column: string) =>
      database.prepare<[number, PackedId], { id: number }>(`SELECT id FROM requests WHERE id = ? AND ${column} = ?`);
    this.#linked = {
      trace: matching("trace_id"),
      response: matching("response_id"),
      subject: matching("subject"),
      shadow: matching("shadow_of"),
    };
  }

  /** Buckets of request times that hold anything, newest first. */
  buckets(): number[] {
    return this.#buckets.all().map(({ bucket }) => bucket);
  }

  /** The bucket of a row's time; undefined when there is no such row. */
  bucketOfRow(id: number): number | undefined {
    const row = this.#time.get(id);
    return row === undefined ? undefined : bucketOf(row.time_ms);
  }

  /** The request of this id in one bucket, in any application or the one given. */
  inBucket(bucket: number, requestId: string, application?: StoredWord): number | undefined {
    for (let at = keyRow(bucket, requestKey(requestId)); ; at++) {
      const entry = this.#key.get(at);
      if (entry === undefined) return undefined;
      const row = this.#id.get(entry.request);
      const wanted = application === undefined || row?.application === application;
      if (row !== undefined && wanted && identityText(row) === requestId) return entry.request;
    }
  }

  /** The request of this id, the one with the newest time when there are several. */
  byRequestId(requestId: string, application?: StoredWord): number | undefined {
    for (const bucket of this.buckets()) {
      const found = this.inBucket(bucket, requestId, application);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Rows linked from a value, newest first, looked for in the newest `segments` segments. */
  *linked(kind: LinkKind, value: PackedId, segments = Infinity): Generator<number> {
    const newest = this.#newest.get()?.id ?? 0;
    const hash = linkHash(kind, value);
    const last = Math.floor(newest / LINK_SEGMENT);
    for (let segment = last; segment >= 0 && segment > last - segments; segment--) {
      const base = linkBase(segment, hash);
      for (const link of this.#links.all(base, base + LINK_SEGMENT)) {
        const id = segment * LINK_SEGMENT + (link.id - base);
        if (this.#linked[kind].get(id, value) !== undefined) yield id;
      }
    }
  }

  /** All requests of a trace. */
  byTrace(traceId: string): number[] {
    const packed = packTraceId(traceId);
    const found = new Set(this.linked("trace", packed));
    if (packed instanceof Buffer) {
      for (const bucket of this.buckets()) {
        const base = keyRow(bucket, traceBase(packed));
        for (const { request } of this.#keyRange.all(base, base + SPAN_SPACE)) {
          if (this.#linked.trace.get(request, packed) !== undefined) found.add(request);
        }
      }
    }
    return [...found];
  }

  /** All requests with the response id, newest first. */
  *byResponse(responseId: string, segments?: number): Generator<number> {
    yield* this.linked("response", packId(responseId), segments);
  }

  /** Whether the row's request is known by its response's id. */
  isOwnResponse(id: number): boolean {
    return this.#ownResponse.get(id) !== undefined;
  }

  /** The request of a span whose request has an id of its own: found through its trace. */
  byTraceAndSpan(traceId: string, spanId: string, segments?: number): number | undefined {
    const packedSpan = packTraceId(spanId);
    for (const id of this.linked("trace", packTraceId(traceId), segments)) {
      const span = this.#id.get(id)?.span_id;
      if (span !== undefined && span !== null && equalIds(span, packedSpan)) return id;
    }
    return undefined;
  }
}

function equalIds(left: PackedId, right: PackedId): boolean {
  if (typeof left === "string" || typeof right === "string") return left === right;
  return left.equals(right);
}
