/** A browser and its system in two words, from how it names itself. Pure; good enough to recognise one's own. */

/** Each names the ones after it too, so the first that is found counts. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(e|A|iOS)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/(Chrome|CriOS)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\b(iPhone|iPad)\b/, "iOS"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

const LONGEST = 60;

/** `Firefox on macOS`; a client that is no known browser by its own words. */
export function browserWords(userAgent: string | null): string {
  if (userAgent === null || userAgent === "") return "a browser that does not name itself";
  const browser = BROWSERS.find(([pattern]) => pattern.test(userAgent))?.[1];
  const system = SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1];
  if (browser === undefined) return userAgent.slice(0, LONGEST);
  return system === undefined ? browser : `${browser} on ${system}`;
}
