/** The component gallery; a route only while developing. */
import type { ReactNode } from "react";
import { Gallery } from "@/components/gallery/gallery";

export default function GalleryPage(): ReactNode {
  return <Gallery />;
}
