/** The shape of a page until its first answer. */
import type { ReactNode } from "react";
import { LoadingState } from "@/components/ui/loading-state";

export default function Loading(): ReactNode {
  return <LoadingState label="The page is loading" lines={6} />;
}
