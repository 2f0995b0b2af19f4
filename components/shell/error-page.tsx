"use client";

import { useRouter } from "next/navigation";
import { useEffect, useTransition } from "react";
import { type Health, useHealth } from "@/components/hooks/use-health";
import { buttonClasses, defaultSizeClasses, defaultVariantClasses } from "@/components/ui/button-classes";

// Next loads the error pages with every page, in chunks of their own. So this one consists of plain elements: what it imported of
// components/ui and of the icons would be in each page twice.

const MESSAGES: Record<Health, { title: string; text: string }> = {
  unknown: { title: "Something went wrong", text: "Checking the reason…" },
  up: {
    title: "Something went wrong",
    text: "This page could not be shown. Try again. If it keeps failing, the server's log says more.",
  },
  "database-read-only": {
    title: "The database is read-only",
    text: "This page needs to write to the database. It will load by itself as soon as that is possible.",
  },
  "database-no-connections": {
    title: "The database has no free connection",
    text: "Too many are in use. Running servers keep answering, and this page will load by itself.",
  },
  "database-down": {
    title: "Catwalk cannot reach its database",
    text: "Running servers keep answering. This page will load by itself as soon as the database is back.",
  },
  unreachable: {
    title: "Catwalk does not answer",
    text: "It may be restarting, or your network may be down. This page will load by itself.",
  },
};

export interface ErrorPageProps {
  error: unknown;
  retry: () => void;
}

/** Replaces a page that failed to render. Shows the reason by the app's health, and retries by itself once the app recovers. */
export function ErrorPage({ error, retry }: ErrorPageProps) {
  const router = useRouter();
  const [isRetrying, startRetry] = useTransition();
  const again = () =>
    startRetry(() => {
      router.refresh();
      retry();
    });
  const health = useHealth(again);
  useEffect(() => console.error(error), [error]);

  const { title, text } = MESSAGES[health];
  const digest =
    typeof error === "object" && error !== null && "digest" in error && typeof error.digest === "string"
      ? error.digest
      : null;
  return (
    <div className="mx-auto grid min-h-[60dvh] max-w-md content-center justify-items-start gap-4 px-4 py-16">
      <WarningSign />
      <div className="grid gap-2" role="alert">
        <h1 className="font-semibold text-2xl tracking-tight">{title}</h1>
        <p className="text-muted-foreground">{text}</p>
      </div>
      <button
        type="button"
        onClick={again}
        disabled={isRetrying}
        className={`${buttonClasses} ${defaultVariantClasses} ${defaultSizeClasses}`}
      >
        {isRetrying && (
          <span
            aria-hidden="true"
            className="size-4 animate-spin rounded-full border-2 border-current border-t-transparent"
          />
        )}
        Try again
      </button>
      <p className="min-h-5 text-muted-foreground text-xs">
        {digest && health === "up" && (
          <>
            Reference for the log: <code className="font-mono">{digest}</code>
          </>
        )}
      </p>
    </div>
  );
}

function WarningSign() {
  return (
    <svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={2}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className="size-8 text-muted-foreground"
    >
      <path d="M12 4 2.5 20h19zM12 10v4.5M12 17.4v.1" />
    </svg>
  );
}
