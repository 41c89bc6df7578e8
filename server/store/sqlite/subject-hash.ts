/** Subjects are stored and searched as the first 8 bytes of their SHA-256; the subject itself is kept nowhere. */
import { hash } from "node:crypto";

/** The stored form of a subject. */
export function subjectHash(subject: string): Buffer {
  return hash("sha256", subject, "buffer").subarray(0, 8);
}
