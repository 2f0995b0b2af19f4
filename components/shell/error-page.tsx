"use client";

import { DatabaseZap, RotateCw, TriangleAlert, Unplug } from "lucide-react";
import { useRouter } from "next/navigation";
import { useEffect, useTransition } from "react";
import { type Health, useHealth } from "@/components/hooks/use-health";
import { Button } from "@/components/ui/button";
import { Spinner } from "@/components/ui/spinner";

const MESSAGES: Record<Health, { title: string; text: string; icon: typeof Unplug }> = {
  unknown: { title: "Something went wrong", text: "Checking the reason…", icon: TriangleAlert },
  up: {
    title: "Something went wrong",
    text: "This page could not be shown. Try again. If it keeps failing, the server's log says more.",
    icon: TriangleAlert,
  },
  "database-read-only": {
    title: "The database is read-only",
    text: "This page needs to write to the database. It will load by itself as soon as that is possible.",
    icon: DatabaseZap,
  },
  "database-no-connections": {
    title: "The database has no free connection",
    text: "Too many are in use. Running servers keep answering, and this page will load by itself.",
    icon: DatabaseZap,
  },
  "database-down": {
    title: "Catwalk cannot reach its database",
    text: "Running servers keep answering. This page will load by itself as soon as the database is back.",
    icon: DatabaseZap,
  },
  unreachable: {
    title: "Catwalk does not answer",
    text: "It may be restarting, or your network may be down. This page will load by itself.",
    icon: Unplug,
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

  const { title, text, icon: Icon } = MESSAGES[health];
  const digest =
    typeof error === "object" && error !== null && "digest" in error && typeof error.digest === "string"
      ? error.digest
      : null;
  return (
    <div className="mx-auto grid min-h-[60dvh] max-w-md content-center justify-items-start gap-4 px-4 py-16">
      <Icon aria-hidden="true" className="size-8 text-muted-foreground" />
      <div className="grid gap-2" role="alert">
        <h1 className="font-semibold text-2xl tracking-tight">{title}</h1>
        <p className="text-muted-foreground">{text}</p>
      </div>
      <Button onClick={again} disabled={isRetrying}>
        {isRetrying ? <Spinner /> : <RotateCw aria-hidden="true" />}
        Try again
      </Button>
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
