"use client";

import { DatabaseZap, Unplug } from "lucide-react";
import { useRouter } from "next/navigation";
import { toast } from "sonner";
import { useHealth } from "@/components/hooks/use-health";
import { Banner } from "./banner";

/** Says in every page when the database or Catwalk itself is away, and brings the page up to date when it is back. */
export function HealthBanner() {
  const router = useRouter();
  const health = useHealth(() => {
    router.refresh();
    toast.success("Everything is back.");
  });
  if (health === "database-down") {
    return (
      <Banner variant="warning" icon={<DatabaseZap aria-hidden="true" />} title="Catwalk cannot reach its database">
        Servers that are in use go on answering. What you see here may be old, and changes cannot be saved; this goes
        away by itself.
      </Banner>
    );
  }
  if (health === "database-read-only") {
    return (
      <Banner variant="warning" icon={<DatabaseZap aria-hidden="true" />} title="The database takes no changes">
        Servers go on answering and pages can be read, but nothing can be saved until it can be written again.
      </Banner>
    );
  }
  if (health === "database-no-connections") {
    return (
      <Banner variant="warning" icon={<DatabaseZap aria-hidden="true" />} title="The database has no connection left">
        Servers that are in use go on answering. Pages and changes may fail; this goes away by itself when others let go
        of theirs.
      </Banner>
    );
  }
  if (health === "unreachable") {
    return (
      <Banner variant="warning" icon={<Unplug aria-hidden="true" />} title="Catwalk does not answer">
        It may be restarting, or your network is away. This page tries again every few seconds.
      </Banner>
    );
  }
  return null;
}
