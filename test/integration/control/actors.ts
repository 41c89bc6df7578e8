/** One actor of each role and scope, as the tables of verbs name them. */
import { person, token } from "./fixtures";

export const viewer = person("viewer");
export const onCall = person("on_call");
export const manager = person("release_manager");
export const admin = person("admin");
export const ci = token(["ci"]);
export const gateway = token(["gateway"]);
export const reader = token(["read"]);
export const ingest = token(["ingest"]);
