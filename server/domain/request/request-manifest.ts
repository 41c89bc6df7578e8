/** From a request to what served it: the release's components and provenance beside the request's own attributes. */
import type { ComponentMap } from "@/server/domain/release/component-map";

/** What a trace needs of a release. */
export interface ReleaseManifest {
  readonly components: ComponentMap;
  readonly gitCommit?: string;
}

/** What served a request. */
export interface ServedManifest extends ReleaseManifest {
  readonly requestId: string;
  readonly releaseId: string;
  readonly region?: string;
}

/** Joins a request with its release's manifest; undefined when the request names no release, or one that is not known. */
export function requestToManifest(
  request: { readonly requestId: string; readonly releaseId?: string; readonly region?: string },
  manifests: ReadonlyMap<string, ReleaseManifest>,
): ServedManifest | undefined {
  const { requestId, releaseId, region } = request;
  const manifest = releaseId === undefined ? undefined : manifests.get(releaseId);
  if (releaseId === undefined || manifest === undefined) return undefined;
  return { ...manifest, requestId, releaseId, ...(region === undefined ? {} : { region }) };
}
