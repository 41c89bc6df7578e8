/** What `act` throws, so that a test can look into it; throwing nothing is itself a failure. */
export function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
