/** The version of the code, stored with every decision it makes. */
import manifest from "@/package.json";

export const CODE_VERSION: string = manifest.version;
