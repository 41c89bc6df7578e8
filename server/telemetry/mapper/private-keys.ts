/**
 * Tells by a key's name whether it holds what people wrote or a secret. No list of conventions is complete, and what is
 * taken for a label by mistake would be stored; so names that sound like text are enough.
 */

/** What requests and answers are called. */
const TEXT_WORDS: ReadonlySet<string> = new Set(
  (
    "input inputs output outputs prompt prompts completion completions content contents message messages transcript " +
    "question answer instructions body arguments documents snippet query text utterance"
  ).split(" "),
);

const SECRET_WORDS: ReadonlySet<string> = new Set(
  "authorization cookie cookies password passwd secret secrets credential credentials apikey bearer".split(" "),
);

/** As the last word these make a label of it: `prompt.version`, `api_key.hash`. */
const LABEL_WORDS: ReadonlySet<string> = new Set(
  "id ids name names version hash alias type types kind role label format language mime mode status code".split(" "),
);

/** An error's own words say what went wrong. */
const SPEAKERS: ReadonlySet<string> = new Set(["error", "exception", "status"]);

/** True when texts under this key are not to be kept as an attribute. Numbers and truths under it may be. */
export function isPrivateKey(key: string): boolean {
  const words = key
    .split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/)
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase());
  if (LABEL_WORDS.has(words.at(-1) ?? "")) return false;
  return words.some((word, at) => {
    if (SECRET_WORDS.has(word) || (word === "key" && words[at - 1] === "api")) return true;
    return TEXT_WORDS.has(word) && !(word === "message" && SPEAKERS.has(words[at - 1] ?? ""));
  });
}
