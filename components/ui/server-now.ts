/** The server's clock, read once per rendered document. */
export function serverNowMs(): number {
  return Date.now();
}
