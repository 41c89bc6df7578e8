/** Every procedure, under the names that pages and the JSON API share. */
import { aliasesRouter } from "./routers/aliases";
import { applicationsRouter } from "./routers/applications";
import { assignmentRouter } from "./routers/assignment";
import { auditRouter } from "./routers/audit";
import { meRouter } from "./routers/me";
import { overviewRouter } from "./routers/overview";
import { policiesRouter } from "./routers/policies";
import { releasesRouter } from "./routers/releases";
import { rollbackRouter } from "./routers/rollback";
import { rolloutsRouter } from "./routers/rollouts";
import { tokensRouter } from "./routers/tokens";
import { createRouter } from "./trpc";

export const appRouter = createRouter({
  aliases: aliasesRouter,
  applications: applicationsRouter,
  assignment: assignmentRouter,
  audit: auditRouter,
  me: meRouter,
  overview: overviewRouter,
  policies: policiesRouter,
  releases: releasesRouter,
  rollback: rollbackRouter,
  rollouts: rolloutsRouter,
  tokens: tokensRouter,
});

export type AppRouter = typeof appRouter;
