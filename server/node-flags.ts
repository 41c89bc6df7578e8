/** How Node is started for each process, wherever it is started. `npm start` and the Dockerfile give the supervisor its own. */

type ChildName = "intake" | "controller" | "pages";

/**
 * The nurseries of the heaps stay small (MiB of one half): what a request, a batch or a tick makes is short-lived, and the
 * default lets 130 MiB of it lie about in each process before looking.
 */
export const NODE_FLAGS: Readonly<Record<ChildName, readonly string[]>> = {
  intake: ["--max-semi-space-size=16"],
  controller: ["--max-semi-space-size=4"],
  pages: ["--max-semi-space-size=16"],
};
