/** Which answers a change makes old: from the topics of the event stream to the API's routers. Pure. */

export const TOPICS = ["overview", "rollouts", "aliases", "incidents", "audit", "telemetry"] as const;
type Topic = (typeof TOPICS)[number];

const ROUTERS: Readonly<Record<Topic, readonly string[]>> = {
  overview: ["overview"],
  rollouts: ["overview", "rollouts", "approvals", "compare", "releases", "git", "rehearsals"],
  aliases: ["overview", "aliases", "rollback", "releases", "compare", "git", "registries"],
  incidents: ["overview", "incidents", "postmortems", "rollback"],
  audit: ["audit", "policies", "git", "features", "judges"],
  telemetry: ["overview", "compare", "requests", "rollback"],
};

/** The routers whose answers are old after these topics changed; unknown topics change nothing. */
export function routersOf(topics: readonly string[]): ReadonlySet<string> {
  const known = TOPICS.filter((topic) => topics.includes(topic));
  return new Set(known.flatMap((topic) => ROUTERS[topic]));
}

/** Whether a query, by its key `[[router, procedure], …]`, belongs to one of these routers. */
export function isOfRouter(queryKey: readonly unknown[], routers: ReadonlySet<string>): boolean {
  const [path] = queryKey;
  return Array.isArray(path) && typeof path[0] === "string" && routers.has(path[0]);
}
