/** Which Node.js runs this. Imports nothing: it is asked before anything is loaded that an older one would crash on. */

const OLDEST = { major: 22, minor: 15 } as const;

/** What to do about a Node.js that is too old; undefined for one that will do. */
export function nodeVersionProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return undefined;
  return (
    `Switchback needs Node.js ${OLDEST.major}.${OLDEST.minor} or newer; this is ${version}. ` +
    "Run it through npm (npm start, npx switchback), which uses the Node.js that npm ci installed, or install a newer one.\n"
  );
}
