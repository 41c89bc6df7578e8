/** How each process is held small, wherever it is started. `npm start` and the Dockerfile give the supervisor its own. */

type ChildName = "intake" | "controller" | "pages";

/**
 * The nurseries of the heaps stay small (MiB of one half): what a request, a batch or a tick makes is short-lived, and the
 * default lets 130 MiB of it lie about in each process before looking.
 */
export const NODE_FLAGS: Readonly<Record<ChildName, readonly string[]>> = {
  intake: ["--max-semi-space-size=16"],
  // A tick makes garbage all the time and little survives: waking helpers for it costs more than they save, letting the
  // heap grow to three times what lives only holds memory, and that much survived the first tick is no reason to put its
  // like among the old at once.
  controller: [
    "--max-semi-space-size=8",
    "--no-parallel-scavenge",
    "--heap-growing-percent=25",
    "--no-allocation-site-pretenuring",
  ],
  pages: ["--max-semi-space-size=16"],
};

/** The controller reads the newest buckets and little of it twice. */
export const CONTROLLER_CACHE_MIB = 8;
