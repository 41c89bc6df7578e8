/** Where a reader goes who is not signed in. Server and browser. */

/** Whether an error of a direct call, or its cause, says that nobody is signed in. */
export function isUnauthenticated(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("code" in error && error.code === "UNAUTHORIZED") return true;
  return error.cause !== undefined && isUnauthenticated(error.cause);
}

/** The sign-in page, coming back to `path`; null when the error is another. */
export function signInPath(error: unknown, path: string): string | null {
  return isUnauthenticated(error) ? `/sign-in?next=${encodeURIComponent(path)}` : null;
}
