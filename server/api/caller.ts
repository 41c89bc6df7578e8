/** The procedures as plain functions, for server components: same access, same schemas, no HTTP in between. */
import { appRouter } from "./router";
import { createCallerFactory } from "./trpc";

export const createCaller = createCallerFactory(appRouter);
export type AppCaller = ReturnType<typeof createCaller>;
