/** Every procedure, under the names that pages and the JSON API share. */
import { createRouter } from "./trpc";
import { meRouter } from "./routers/me";

export const appRouter = createRouter({
  me: meRouter,
});

export type AppRouter = typeof appRouter;
