/**
 * Where the pages process leaves its API for server components. The page bundle and the server are built apart and meet
 * here, on `globalThis`: nothing of the server is ever bundled into a page.
 */
import type { AppCaller } from "./caller";

export interface ApiHandle {
  /** Procedures as the person behind these request headers. */
  callerFor: (headers: Headers) => Promise<AppCaller>;
  /** What the sign-in page calls the identity provider; undefined without one. */
  singleSignOnName: string | undefined;
}

/** What pages show of the installation itself. */
export interface InstallationFacts {
  /** The address that people open, without a trailing slash. */
  publicUrl: string;
  /** The application whose story `npm run demo` plays here; undefined elsewhere. */
  demoApplication: string | undefined;
}

interface Published extends ApiHandle {
  installation: InstallationFacts;
}

const KEY = Symbol.for("switchback.api");

/** Called once by the pages process before it serves. */
export function publishApiHandle(handle: Published): void {
  Reflect.set(globalThis, KEY, handle);
}

/** @throws Error outside the pages process, e.g. when a page is rendered at build time. */
export function readApiHandle(): Published {
  // Only `publishApiHandle` writes under this symbol.
  const handle = Reflect.get(globalThis, KEY) as Published | undefined;
  if (handle === undefined) throw new Error("pages are rendered by the running server only: start it with `npm start`");
  return handle;
}
