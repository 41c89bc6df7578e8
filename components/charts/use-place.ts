"use client";
/** Where an element stands: its width, and whether it has come near the screen, which is when drawing it is worth it. */
import { useCallback, useState } from "react";

interface Place {
  ref: (element: HTMLElement | null) => (() => void) | undefined;
  /** CSS pixels; 0 until it is laid out. */
  width: number;
  /** True from the first time on that it is less than a screen's half away. */
  isNear: boolean;
}

export function usePlace(): Place {
  const [width, setWidth] = useState(0);
  const [isNear, setIsNear] = useState(false);
  const ref = useCallback((element: HTMLElement | null) => {
    if (element === null) return undefined;
    const size = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidth(Math.floor(entry.contentRect.width));
    });
    const sight = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        setIsNear(true);
        sight.disconnect();
      },
      { rootMargin: "50%" },
    );
    size.observe(element);
    sight.observe(element);
    return () => {
      size.disconnect();
      sight.disconnect();
    };
  }, []);
  return { ref, width, isNear };
}
