/** Inserts requests: each once, with its key, its links and its text. Runs inside the transaction of a commit. */
import type Database from "better-sqlite3";
import { TRACKS } from "@/server/domain/vocabulary";
import { AttributeEncoder } from "./attribute-codec";
import type { StoredWord, WritingDictionary } from "./dictionary";
import type { LinkKind } from "./hash48";
import { bucketOf, keyRow, LINK_SEGMENT, linkBase, linkHash, requestKey, spanKey } from "./hash48";
import type { NewRequest } from "./new-request";
import type { PackedId } from "./packed-id";
import { packId, unpackId, unpackTraceId } from "./packed-id";
import type { RecentRequests } from "./recent-requests";
import { COLUMNS, RELEASE_SOURCES, SAME_AS_REQUEST } from "./request-columns";

type Column = number | string | Buffer | null;

interface IdentityRow {
  application: StoredWord;
  request_id: PackedId | null;
  trace_id: PackedId | null;
  span_id: PackedId | null;
}

/** What a row holds beside the request's own fields. */
interface Place {
  id: number;
  application: number;
  nowMs: number;
  responseId: PackedId | typeof SAME_AS_REQUEST | null;
  shadowOf: PackedId | null;
}

/** Not inserted: the request is stored already. */
export const DUPLICATE = 0;
/** Not inserted: the dictionary has no room for another application. */
export const NO_ROOM = -1;

/** Writes requests; `committed` or `rolledBack` must follow each transaction. */
export class RequestWriter {
  readonly #dictionary: WritingDictionary;
  readonly #attributes: AttributeEncoder;
  readonly #recent: RecentRequests;
  readonly #insert: Database.Statement<Column[]>;
  readonly #insertKey: Database.Statement<[number, number]>;
  readonly #selectKey: Database.Statement<[number], { request: number }>;
  readonly #insertLink: Database.Statement<[number]>;
  readonly #insertContent: Database.Statement<[number, string | null, string | null]>;
  readonly #insertBucket: Database.Statement<[number]>;
  readonly #allBuckets: Database.Statement<[], { bucket: number }>;
  readonly #identity: Database.Statement<[number], IdentityRow>;
  /** Key buckets that are in `request_buckets`. */
  #buckets = new Set<number>();
  #nextId: number;
  #committedNextId: number;

  constructor(database: Database.Database, dictionary: WritingDictionary, recent: RecentRequests) {
    this.#dictionary = dictionary;
    this.#recent = recent;
    this.#attributes = new AttributeEncoder(dictionary);
    this.#insert = database.prepare<Column[]>(
      `INSERT INTO requests (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`,
    );
    this.#insertKey = database.prepare("INSERT INTO request_keys (id, request) VALUES (?, ?) ON CONFLICT DO NOTHING");
    this.#selectKey = database.prepare("SELECT request FROM request_keys WHERE id = ?");
    this.#insertLink = database.prepare("INSERT INTO request_links (id) VALUES (?) ON CONFLICT DO NOTHING");
    this.#insertContent = database.prepare("INSERT INTO request_content (request, input, output) VALUES (?, ?, ?)");
    this.#insertBucket = database.prepare("INSERT INTO request_buckets (bucket) VALUES (?) ON CONFLICT DO NOTHING");
    this.#identity = database.prepare("SELECT application, request_id, trace_id, span_id FROM requests WHERE id = ?");
    const newest = database.prepare<[], { id: number | null }>("SELECT max(id) AS id FROM requests").get();
    this.#nextId = (newest?.id ?? 0) + 1;
    this.#committedNextId = this.#nextId;
    this.#allBuckets = database.prepare("SELECT bucket FROM request_buckets");
    this.reloadBuckets();
  }

  /**
   * Inserts a request.
   *
   * @returns its row; `DUPLICATE` when a request of this id is already stored, with a time in the same 10 minutes, however
   * long ago, or with any time among the newest `GENERATION` requests; `NO_ROOM` for one application too many.
   */
  write(request: NewRequest, nowMs: number): number {
    const key = keyOf(request);
    const application = this.#dictionary.idOf("application", request.application);
    if (application === undefined) return NO_ROOM;
    const id = this.#claimKey({ request, key, application });
    if (id === DUPLICATE) return DUPLICATE;
    this.#nextId = id + 1;
    const responseId = packedResponse(request);
    const shadowOf = request.shadowOf === null ? null : packId(request.shadowOf);
    // Arguments, not one array: the driver takes an array apart at a tenth of the insert's cost.
    this.#insert.run(...this.#row(request, { id, application, nowMs, responseId, shadowOf }));
    if (responseId !== SAME_AS_REQUEST) this.#link(id, "response", responseId);
    this.#link(id, "subject", request.subject);
    this.#link(id, "shadow", shadowOf);
    // A request whose id is its trace and span is found by its key.
    if (request.requestId !== null && request.traceId !== null) this.#link(id, "trace", request.traceId);
    if (request.input !== null || request.output !== null) this.#insertContent.run(id, request.input, request.output);
    this.#recent.add(key, application, id);
    return id;
  }

  /** Buckets have been deleted. */
  reloadBuckets(): void {
    this.#buckets = new Set(this.#allBuckets.all().map(({ bucket }) => bucket));
  }

  committed(): void {
    this.#committedNextId = this.#nextId;
  }

  rolledBack(): void {
    this.reloadBuckets();
    this.#nextId = this.#committedNextId;
    this.#attributes.rolledBack();
  }

  /** Takes the request's place among the keys. @returns the new row or `DUPLICATE`. */
  #claimKey({ request, key, application }: { request: NewRequest; key: number; application: number }): number {
    const recent = this.#recent.get(key, application);
    if (recent !== 0 && this.#isSame(request, application, recent)) return DUPLICATE;
    const bucket = bucketOf(request.timeMs);
    if (!this.#buckets.has(bucket)) this.#addBucket(bucket);
    // Another id with the same key moves on to the next free one.
    for (let row = keyRow(bucket, key); ; row++) {
      if (this.#insertKey.run(row, this.#nextId).changes === 1) return this.#nextId;
      const holder = this.#selectKey.get(row);
      if (holder !== undefined && this.#isSame(request, application, holder.request)) return DUPLICATE;
    }
  }

  #addBucket(bucket: number): void {
    this.#insertBucket.run(bucket);
    this.#buckets.add(bucket);
  }

  #isSame(request: NewRequest, application: number, row: number): boolean {
    const stored = this.#identity.get(row);
    return stored !== undefined && stored.application === application && identityText(stored) === textOfId(request);
  }

  #link(id: number, kind: LinkKind, value: PackedId | null): void {
    if (value === null) return;
    // Two links of one request may fall on the same row: it then stands for both.
    this.#insertLink.run(linkBase(Math.floor(id / LINK_SEGMENT), linkHash(kind, value)) + (id % LINK_SEGMENT));
  }

  #row(request: NewRequest, place: Place): Column[] {
    return [
      place.id,
      place.application,
      request.timeMs,
      place.nowMs - request.timeMs,
      this.#word("release", request.releaseId),
      RELEASE_SOURCES.indexOf(request.releaseSource),
      TRACKS.indexOf(request.track),
      request.status === "error" ? 1 : 0,
      request.requestId === null ? null : packId(request.requestId),
      request.traceId,
      request.spanId,
      place.responseId,
      place.shadowOf,
      request.subject,
      this.#word("segmentValue", request.region),
      this.#word("segmentValue", request.tenant),
      request.segments === null ? null : this.#dictionary.stored("segmentSet", JSON.stringify(request.segments)),
      this.#word("errorType", request.errorType),
      bit(request.refused),
      bit(request.toxic),
      bit(request.policyViolation),
      bit(request.taskCompleted),
      request.ttftUs,
      request.ttftSide === null ? null : request.ttftSide === "server" ? 1 : 0,
      request.durationUs,
      request.inputTokens,
      request.outputTokens,
      request.reasoningTokens,
      request.costNanoUsd,
      request.attributes === null ? null : this.#attributes.encode(request.attributes),
      this.#word("sources", request.sources),
      request.flags.length === 0 ? null : this.#dictionary.stored("flags", JSON.stringify(request.flags)),
      extraOf(request),
    ];
  }

  #word(kind: "release" | "segmentValue" | "errorType" | "sources", word: string | null): StoredWord | null {
    return word === null ? null : this.#dictionary.stored(kind, word);
  }
}

/** The id as text, however it is kept. */
export function textOfId(request: Pick<NewRequest, "requestId" | "traceId" | "spanId">): string {
  return request.requestId ?? `${unpackTraceId(request.traceId ?? "")}-${unpackTraceId(request.spanId ?? "")}`;
}

/** The id of a stored row. */
export function identityText(row: Pick<IdentityRow, "request_id" | "trace_id" | "span_id">): string {
  return row.request_id === null
    ? `${unpackTraceId(row.trace_id ?? "")}-${unpackTraceId(row.span_id ?? "")}`
    : unpackId(row.request_id);
}

/** The key under which a request is stored. */
export function keyOf(request: NewRequest): number {
  const { requestId, traceId, spanId } = request;
  if (requestId !== null) return requestKey(requestId);
  return traceId instanceof Buffer && spanId instanceof Buffer
    ? spanKey(traceId, spanId)
    : requestKey(textOfId(request));
}

/** Many requests are known by their response's id: it is then stored once, and found by the request's key. */
function packedResponse({ responseId, requestId }: NewRequest): Place["responseId"] {
  if (responseId === null) return null;
  return responseId === requestId ? SAME_AS_REQUEST : packId(responseId);
}

function bit(value: boolean | null): number | null {
  return value === null ? null : Number(value);
}

function extraOf({ features, featureFingerprint, measures }: NewRequest): string | null {
  if (features.length === 0 && featureFingerprint === null && measures === null) return null;
  return JSON.stringify({
    ...(features.length === 0 ? {} : { features }),
    ...(featureFingerprint === null ? {} : { featureFingerprint }),
    ...(measures === null ? {} : { measures }),
  });
}
