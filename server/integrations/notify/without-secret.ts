/** Keeps secrets out of what a receiver says, before it is logged, stored or shown. */

/** A receiver that repeats what it was sent must not put it into our log: not the secret, nor the secret part of an address. */
export function withoutSecret(text: string, secret: string): string {
  const parts = secret.split(/\s+/).flatMap((part) => {
    const address = URL.canParse(part) ? new URL(part) : undefined;
    const path = address === undefined ? "" : `${address.pathname}${address.search}`;
    return path.length > 1 ? [part, path] : [part];
  });
  return parts.filter((part) => part !== "").reduce((safe, part) => safe.replaceAll(part, "[secret]"), text);
}
