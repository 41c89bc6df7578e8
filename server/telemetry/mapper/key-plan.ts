/** What to do with a key, worked out once per key: which fields it may feed and with what rank, or what else it is. */
import type { TelemetryKeys } from "@/server/domain/request/telemetry-keys";
import {
  CONTENT_PREFIXES,
  FIELD_KEYS,
  FIELDS,
  type Field,
  METADATA_BLOBS,
  METADATA_PREFIXES,
  OWN_PREFIXES,
  QUANTITY_BLOBS,
} from "./field-keys";
import { isPrivateKey } from "./private-keys";

/** One field that a key may feed. Of several keys the one of the lowest rank that has a value wins. */
export interface Feed {
  /** Index in `FIELDS`. */
  field: number;
  rank: number;
  scale: number;
}

/** A key of a span or a resource. */
export interface KeyPlan {
  key: string;
  feeds: readonly Feed[];
  /** The value is metadata as a text. */
  isBlob: boolean;
  /** The value is JSON, and these of its members feed fields. */
  quantities: ReadonlyMap<string, Feed> | undefined;
  /** Request or response text. */
  isContent: boolean;
  /** A key of nobody's table whose name says that texts under it are private. */
  isPrivate: boolean;
  /** Ids of people: kept only as a hash. */
  isSubject: boolean;
  own: { kind: keyof typeof OWN_PREFIXES; name: string } | undefined;
  /** `annotations.0.annotation.score` and the like. */
  annotation: { index: string; part: string } | undefined;
}

/** Ranks of the places; within a place the order of the table. An application's own keys come before all of them. */
const OWN_RANK: Readonly<Record<"span" | "resource", number>> = { span: -64, resource: -32 };
const RESOURCE_RANK = 100;
const METADATA_RANK = 200;
/** More than any field has metadata names. */
const RANKS_PER_PREFIX = 16;
/** Plans kept; further keys are worked out each time. */
const MOST_PLANS = 10_000;

type Place = "span" | "resource" | "metadata";

const feedsByPlace: Readonly<Record<Place, ReadonlyMap<string, Feed[]>>> = {
  span: feedsOf("span", 0),
  resource: feedsOf("resource", RESOURCE_RANK),
  metadata: feedsOf("metadata", METADATA_RANK),
};

const plans: Readonly<Record<"span" | "resource", Map<string, KeyPlan>>> = { span: new Map(), resource: new Map() };

/** The plans of the keys that an application has named itself. */
export type OwnPlans = Readonly<Record<"span" | "resource", ReadonlyMap<string, KeyPlan>>>;

/** By the settings object, which stays the same until the settings change. */
const ownPlans = new WeakMap<TelemetryKeys, OwnPlans>();

/** The plans of an application's own keys; undefined where it has none. */
export function ownPlansOf(keys: TelemetryKeys | undefined): OwnPlans | undefined {
  if (keys === undefined) return undefined;
  let plans = ownPlans.get(keys);
  if (plans === undefined) {
    plans = { span: ownPlansAt(keys, "span"), resource: ownPlansAt(keys, "resource") };
    ownPlans.set(keys, plans);
  }
  return plans;
}

/** A key keeps what it meant before: naming it for a field adds to that. */
function ownPlansAt(keys: TelemetryKeys, place: "span" | "resource"): Map<string, KeyPlan> {
  const feeds = new Map<string, Feed[]>();
  for (const [field, name] of FIELDS.entries()) {
    for (const [order, written] of (name === "application" ? [] : (keys[name] ?? [])).entries()) {
      addFeed(feeds, written, { field, rank: OWN_RANK[place] + order });
    }
  }
  return new Map([...feeds].map(([key, own]) => [key, makePlan(key, place, own)]));
}

/** Where a value of this rank was found. */
export function placeOfRank(rank: number): "own" | Place {
  if (rank < 0) return "own";
  return rank < RESOURCE_RANK ? "span" : rank < METADATA_RANK ? "resource" : "metadata";
}

/** The plan of a span's or a resource's key. */
export function planOf(key: string, place: "span" | "resource", own?: OwnPlans): KeyPlan {
  const named = own?.[place].get(key);
  if (named !== undefined) return named;
  const known = plans[place].get(key);
  if (known !== undefined) return known;
  const plan = makePlan(key, place);
  if (plans[place].size < MOST_PLANS) plans[place].set(key, plan);
  return plan;
}

/** The fields that a name inside metadata may feed; `prefix` is the place of its prefix in `METADATA_PREFIXES`. */
export function metadataFeeds(name: string, prefix: number): readonly Feed[] {
  const feeds = feedsByPlace.metadata.get(name) ?? [];
  return feeds.map((feed) => ({ ...feed, rank: feed.rank + prefix * RANKS_PER_PREFIX }));
}

const ANNOTATION = /^(?:annotations|evaluations)\.(\d{1,4})\.(?:annotation|evaluation)\.([a-z_]+)$/;
const SUBJECT_FIELD = FIELDS.indexOf("subject");
const CONTENT_FIELDS: readonly number[] = [FIELDS.indexOf("input"), FIELDS.indexOf("output")];

function makePlan(key: string, place: "span" | "resource", ownFeeds: readonly Feed[] = []): KeyPlan {
  const prefix = METADATA_PREFIXES.findIndex((start) => key.startsWith(start));
  const inMetadata = prefix === -1 ? [] : metadataFeeds(key.slice(METADATA_PREFIXES[prefix]?.length), prefix);
  const feeds = [...ownFeeds, ...(feedsByPlace[place].get(key) ?? []), ...inMetadata];
  const own = (["segment", "measure", "score", "feature"] as const).find((kind) => key.startsWith(OWN_PREFIXES[kind]));
  const [, index, part] = ANNOTATION.exec(key) ?? [];
  return {
    key,
    feeds,
    isBlob: METADATA_BLOBS.has(key),
    quantities: quantityFeeds(key),
    // `gen_ai.prompt.name` is no text of a request, though `gen_ai.prompt.0.content` is.
    isContent:
      feeds.every((feed) => CONTENT_FIELDS.includes(feed.field)) &&
      (feeds.length > 0 || CONTENT_PREFIXES.some((start) => key.startsWith(start))),
    isPrivate: feeds.length === 0 && isPrivateKey(key),
    isSubject: feeds.some((feed) => feed.field === SUBJECT_FIELD),
    own: own === undefined ? undefined : { kind: own, name: key.slice(OWN_PREFIXES[own].length) },
    annotation: index === undefined || part === undefined ? undefined : { index, part },
  };
}

/** They come after all keys of a span that say the same outright. */
function quantityFeeds(key: string): Map<string, Feed> | undefined {
  const members = QUANTITY_BLOBS.get(key);
  if (members === undefined) return undefined;
  const feed = (field: Field): Feed => ({ field: FIELDS.indexOf(field), rank: RESOURCE_RANK - 1, scale: 1 });
  return new Map(Object.entries(members).map(([member, field]) => [member, feed(field)]));
}

function feedsOf(place: Place, rank: number): Map<string, Feed[]> {
  const byKey = new Map<string, Feed[]>();
  for (const [field, name] of FIELDS.entries()) {
    for (const [order, written] of keysOf(name, place).entries())
      addFeed(byKey, written, { field, rank: rank + order });
  }
  return byKey;
}

/** @param written `key` or `key*factor`. */
function addFeed(byKey: Map<string, Feed[]>, written: string, feed: Omit<Feed, "scale">): void {
  const [key = "", factor = "1"] = written.split("*");
  byKey.set(key, [...(byKey.get(key) ?? []), { ...feed, scale: Number(factor) }]);
}

function keysOf(field: Field, place: Place): readonly string[] {
  return FIELD_KEYS[field][place] ?? [];
}
