"use client";

import { useTheme } from "next-themes";
import { useEffect } from "react";
import { Toaster as Sonner, toast as showToast } from "sonner";
import { subscribeToToasts, takeToasts } from "./toast";

/** Shows the queued toasts. Loaded by Toaster with the first of them. */
export function SonnerToaster() {
  const { theme } = useTheme();
  useEffect(() => {
    const showAll = () => {
      for (const { kind, message, description } of takeToasts()) showToast[kind](message, { description });
    };
    showAll();
    return subscribeToToasts(showAll);
  }, []);
  return (
    <Sonner
      theme={theme === "light" || theme === "dark" ? theme : "system"}
      position="bottom-right"
      className="font-sans! [--border-radius:var(--radius)]! [--normal-bg:var(--popover)]! [--normal-border:var(--border)]! [--normal-text:var(--popover-foreground)]!"
    />
  );
}
