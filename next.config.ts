/** Next serves pages only. `*.dev.tsx` routes (the component gallery) exist while developing and nowhere else. */
import type { NextConfig } from "next";
import { PHASE_DEVELOPMENT_SERVER } from "next/constants";

export default function config(phase: string): NextConfig {
  const developing = phase === PHASE_DEVELOPMENT_SERVER;
  return {
    pageExtensions: developing ? ["tsx", "ts", "dev.tsx"] : ["tsx", "ts"],
    poweredByHeader: false,
    reactStrictMode: true,
    devIndicators: false,
  };
}
