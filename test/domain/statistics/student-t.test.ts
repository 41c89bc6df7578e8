import { describe, expect, it } from "vitest";
import { normalUpperPoint, studentPoint } from "@/server/domain/statistics/student-t";

describe("points of Student's t", () => {
  // Table of R's qt(1 - alpha / 2, degrees).
  it.each([
    [0.05, 1, 12.706205],
    [0.05, 2, 4.302653],
    [0.05, 3, 3.182446],
    [0.05, 4, 2.776445],
    [0.05, 9, 2.262157],
    [0.05, 29, 2.04523],
    [0.01, 5, 4.032143],
    [0.001, 10, 4.586894],
    [0.00125, 120, 3.302],
    [0.05, 1e6, 1.959966],
  ])("alpha %f with %f degrees of freedom is %f", (alpha, degrees, expected) => {
    expect(Math.abs(studentPoint(alpha, degrees) / expected - 1)).toBeLessThan(2e-3);
  });

  it.each([
    [0.5, 0],
    [0.025, 1.959963984540054],
    [0.001, 3.090232306167813],
    [1e-9, 5.997807014999],
  ])("the normal's upper point of %f is %f", (tail, expected) => {
    expect(normalUpperPoint(tail)).toBeCloseTo(expected, 6);
  });

  it("refuse what is no tail and no degree of freedom", () => {
    expect(() => normalUpperPoint(0)).toThrow(RangeError);
    expect(() => studentPoint(0.05, 0.5)).toThrow(RangeError);
  });
});
