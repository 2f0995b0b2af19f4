"use client";

import { type ComponentType, useState } from "react";

export interface LazyComponent<P> {
  /** The component once `show` has loaded it. */
  Loaded: ComponentType<P> | null;
  /** Starts loading, for when the pointer or the focus reaches what opens it. */
  preload: () => void;
  /** Loads the component and renders again. When that fails, nothing opens and the next try loads again. */
  show: () => void;
}

/** Loads a component when the person asks for it. Unlike `next/dynamic`, a failed load does not take the page down. */
export function useLazyComponent<P>(load: () => Promise<ComponentType<P>>): LazyComponent<P> {
  const [Loaded, setLoaded] = useState<ComponentType<P> | null>(null);
  return {
    Loaded,
    preload: () => void load().catch(() => undefined),
    show: () => void load().then((component) => setLoaded(() => component), console.error),
  };
}
