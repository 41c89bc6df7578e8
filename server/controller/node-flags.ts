/** How Node is started for the controller, wherever it is started. */

/**
 * The nursery of its heap stays small: what a tick makes is short-lived, and the default lets 150 MiB of it lie about
 * before looking.
 */
export const CONTROLLER_NODE_FLAGS: readonly string[] = ["--max-semi-space-size=4"];
