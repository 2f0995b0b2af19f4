"use client";

import { useState } from "react";
import { controlClasses } from "@/components/ui/input-classes";
import { toast } from "@/components/ui/toast";
import { cn } from "@/lib/util/class-names";
import { useDeploymentPage } from "./context";

const CHOICES_S = [60, 120, 300, 600, 900];

function formatTime(seconds: number): string {
  return seconds % 60 === 0 ? (seconds === 60 ? "1 minute" : `${seconds / 60} minutes`) : `${seconds} seconds`;
}

/** Chooses how long the server may take to its first answer. */
export function StartTimeoutSelect({ labelledBy }: { labelledBy: string }) {
  const { view, actions, refresh } = useDeploymentPage();
  const [isBusy, setIsBusy] = useState(false);
  const choices = [...new Set([...CHOICES_S, view.startTimeoutS])].toSorted((a, b) => a - b);
  const save = async (startTimeoutS: number) => {
    setIsBusy(true);
    const result = await actions.updateStartTimeout({ id: view.id, startTimeoutS }).catch(() => null);
    setIsBusy(false);
    refresh();
    if (!result?.ok) toast.error(result?.error.message ?? "Catwalk did not answer. Try again in a moment.");
    else if (view.status === "failing") toast.success("Saved. The server is tried again.");
    else toast.success("Saved. The next start uses it.");
  };
  // The browser's own control: the tab of settings needs no other, and a menu of our own is several times the code.
  return (
    <select
      aria-labelledby={labelledBy}
      value={view.startTimeoutS}
      disabled={isBusy}
      onChange={(event) => void save(Number(event.target.value))}
      className={cn(controlClasses, "h-9 w-auto px-3 pointer-coarse:h-11")}
    >
      {choices.map((seconds) => (
        <option key={seconds} value={seconds}>
          {formatTime(seconds)}
        </option>
      ))}
    </select>
  );
}
