import { describe, expect, it } from "vitest";
import { nodeVersionProblem } from "@/server/node-version";

describe("the runtime", () => {
  it.each(["22.15.0", "22.23.3", "24.0.0", "26.1.0-nightly"])("%s will do", (version) => {
    expect(nodeVersionProblem(version)).toBeUndefined();
  });

  it.each(["18.19.0", "20.20.2", "22.14.1"])("%s is refused with what to do", (version) => {
    expect(nodeVersionProblem(version)).toContain(
      `needs Node.js 22.15 or newer; this is ${version}. Run it through npm`,
    );
  });
});
