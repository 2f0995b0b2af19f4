"use client";

import { type ComponentType, useState } from "react";
import type { ButtonProps } from "@/components/ui/button";
import { useLazyComponent } from "./use-lazy-component";

export interface LazyDialog<P> {
  /** The dialog while it is open. */
  Dialog: ComponentType<P> | null;
  /** Props for the button that opens the dialog. */
  triggerProps: ButtonProps;
  close: () => void;
}

/** Loads a dialog when the person opens it, and starts when the pointer or the focus reaches its button. */
export function useLazyDialog<P>(load: () => Promise<ComponentType<P>>): LazyDialog<P> {
  const { Loaded, preload, show } = useLazyComponent(load);
  const [isOpen, setIsOpen] = useState(false);
  return {
    Dialog: isOpen ? Loaded : null,
    triggerProps: {
      "aria-haspopup": "dialog",
      "aria-expanded": isOpen && Loaded !== null,
      onPointerEnter: preload,
      onFocus: preload,
      onClick: (event) => {
        // Safari does not focus a clicked button, and the focus returns to what had it.
        event.currentTarget.focus();
        setIsOpen(true);
        show();
      },
    },
    close: () => setIsOpen(false),
  };
}
