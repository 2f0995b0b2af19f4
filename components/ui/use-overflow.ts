"use client";

import { useCallback, useState } from "react";

/** Props for a scrolling element: `data-fade` names the edges past which its content continues. */
export interface OverflowProps {
  ref: (element: HTMLElement | null) => (() => void) | undefined;
  "data-fade": "start" | "end" | "both" | undefined;
}

/** Rounding of scroll positions leaves up to one pixel at an edge. */
const EDGE_SLACK_PX = 2;

/** Watches on which edges the content of a scrolling element is cut. globals.css fades those edges. */
export function useOverflow(axis: "x" | "y"): OverflowProps {
  const [fade, setFade] = useState<OverflowProps["data-fade"]>();
  const ref = useCallback(
    (element: HTMLElement | null) => {
      if (!element) return;
      const measure = () => {
        const [offset, size, total] =
          axis === "x"
            ? [element.scrollLeft, element.clientWidth, element.scrollWidth]
            : [element.scrollTop, element.clientHeight, element.scrollHeight];
        const isCutAtStart = offset > EDGE_SLACK_PX;
        const isCutAtEnd = total - size - offset > EDGE_SLACK_PX;
        setFade(isCutAtStart ? (isCutAtEnd ? "both" : "start") : isCutAtEnd ? "end" : undefined);
      };
      const observer = new ResizeObserver(measure);
      observer.observe(element);
      for (const child of element.children) observer.observe(child);
      element.addEventListener("scroll", measure, { passive: true });
      return () => {
        observer.disconnect();
        element.removeEventListener("scroll", measure);
      };
    },
    [axis],
  );
  return { ref, "data-fade": fade };
}
