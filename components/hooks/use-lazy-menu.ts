"use client";

import type { ComponentType } from "react";
import type { ButtonProps } from "@/components/ui/button";
import { useLazyComponent } from "./use-lazy-component";

export interface LazyMenu<P> {
  /** The menu once it is loaded. Render it open: loading it was the wish to open it. */
  Menu: ComponentType<P> | null;
  /** Props for the button that opens the menu. */
  triggerProps: ButtonProps;
}

/** Loads a menu when the person opens it, and starts when the pointer or the focus reaches its button. */
export function useLazyMenu<P>(load: () => Promise<ComponentType<P>>): LazyMenu<P> {
  const { Loaded, preload, show } = useLazyComponent(load);
  if (Loaded) return { Menu: Loaded, triggerProps: {} };
  return {
    Menu: null,
    triggerProps: {
      "aria-haspopup": "menu",
      "aria-expanded": false,
      onPointerEnter: preload,
      onFocus: preload,
      onClick: show,
    },
  };
}
