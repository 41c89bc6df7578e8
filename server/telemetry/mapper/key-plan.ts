/** What to do with a key, worked out once per key: which fields it may feed and with what rank, or what else it is. */
import {
  CONTENT_PREFIXES,
  FIELD_KEYS,
  FIELDS,
  type Field,
  METADATA_BLOBS,
  METADATA_PREFIXES,
  OWN_PREFIXES,
} from "./field-keys";

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
  /** Request or response text. */
  isContent: boolean;
  /** Ids of people: kept only as a hash. */
  isSubject: boolean;
  own: { kind: keyof typeof OWN_PREFIXES; name: string } | undefined;
  /** `annotations.0.annotation.score` and the like. */
  annotation: { index: string; part: string } | undefined;
}

/** Ranks of the three places; within a place the order of the table. */
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

/** The plan of a span's or a resource's key. */
export function planOf(key: string, place: "span" | "resource"): KeyPlan {
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

function makePlan(key: string, place: "span" | "resource"): KeyPlan {
  const prefix = METADATA_PREFIXES.findIndex((start) => key.startsWith(start));
  const inMetadata = prefix === -1 ? [] : metadataFeeds(key.slice(METADATA_PREFIXES[prefix]?.length), prefix);
  const feeds = [...(feedsByPlace[place].get(key) ?? []), ...inMetadata];
  const own = (["segment", "measure", "score", "feature"] as const).find((kind) => key.startsWith(OWN_PREFIXES[kind]));
  const [, index, part] = ANNOTATION.exec(key) ?? [];
  return {
    key,
    feeds,
    isBlob: METADATA_BLOBS.has(key),
    // `gen_ai.prompt.name` is no text of a request, though `gen_ai.prompt.0.content` is.
    isContent:
      feeds.every((feed) => CONTENT_FIELDS.includes(feed.field)) &&
      (feeds.length > 0 || CONTENT_PREFIXES.some((start) => key.startsWith(start))),
    isSubject: feeds.some((feed) => feed.field === SUBJECT_FIELD),
    own: own === undefined ? undefined : { kind: own, name: key.slice(OWN_PREFIXES[own].length) },
    annotation: index === undefined || part === undefined ? undefined : { index, part },
  };
}

function feedsOf(place: Place, rank: number): Map<string, Feed[]> {
  const byKey = new Map<string, Feed[]>();
  for (const [field, name] of FIELDS.entries()) {
    for (const [order, written] of keysOf(name, place).entries()) {
      const [key = "", factor = "1"] = written.split("*");
      const feeds = byKey.get(key) ?? [];
      feeds.push({ field, rank: rank + order, scale: Number(factor) });
      byKey.set(key, feeds);
    }
  }
  return byKey;
}

function keysOf(field: Field, place: Place): readonly string[] {
  return FIELD_KEYS[field][place] ?? [];
}
