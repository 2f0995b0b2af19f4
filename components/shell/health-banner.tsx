"use client";

import { DatabaseZap, Unplug } from "lucide-react";
import { useRouter } from "next/navigation";
import { useHealth } from "@/components/hooks/use-health";
import { toast } from "@/components/ui/toast";
import { Banner } from "./banner";

/** Shows on every page that the database or Catwalk is unavailable, and refreshes the page after the recovery. */
export function HealthBanner() {
  const router = useRouter();
  const health = useHealth(() => {
    router.refresh();
    toast.success("Catwalk is back.");
  });
  if (health === "database-down") {
    return (
      <Banner variant="warning" icon={<DatabaseZap aria-hidden="true" />} title="Catwalk cannot reach its database">
        Running servers keep answering. This page may be out of date, and changes cannot be saved until the database is
        back.
      </Banner>
    );
  }
  if (health === "database-read-only") {
    return (
      <Banner variant="warning" icon={<DatabaseZap aria-hidden="true" />} title="The database is read-only">
        Servers keep answering and you can read pages, but changes cannot be saved.
      </Banner>
    );
  }
  if (health === "database-no-connections") {
    return (
      <Banner variant="warning" icon={<DatabaseZap aria-hidden="true" />} title="The database has no free connection">
        Running servers keep answering. Pages and changes may fail until a connection is free.
      </Banner>
    );
  }
  if (health === "unreachable") {
    return (
      <Banner variant="warning" icon={<Unplug aria-hidden="true" />} title="Catwalk does not answer">
        It may be restarting, or your network may be down. This page tries again every few seconds.
      </Banner>
    );
  }
  return null;
}
