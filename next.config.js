/** The pages' framework. Headers, API and intake paths are served by `server/pages.ts` before a request reaches it. */
const developing = process.env.NODE_ENV === "development";

/** @type {import("next").NextConfig} */
export default {
  poweredByHeader: false,
  // `npm run typecheck` checks the whole tree, server and tests included; once is enough.
  typescript: { ignoreBuildErrors: true },
  // `*.dev.tsx` pages, such as the gallery of all components, exist only while developing.
  pageExtensions: developing ? ["dev.tsx", "tsx", "ts"] : ["tsx", "ts"],
};
