"use client";

import dynamic from "next/dynamic";
import { useEffect, useState } from "react";
import { hasToasts, subscribeToToasts } from "./toast";

const SonnerToaster = dynamic(() => import("./sonner").then((sonner) => sonner.SonnerToaster), { ssr: false });

/** The toasts of the whole app, mounted once by the root layout. Elsewhere: `import { toast } from "@/components/ui/toast"`. */
export function Toaster() {
  const [isNeeded, setIsNeeded] = useState(false);
  useEffect(() => {
    if (isNeeded) return;
    if (hasToasts()) setIsNeeded(true);
    return subscribeToToasts(() => setIsNeeded(true));
  }, [isNeeded]);
  return isNeeded ? <SonnerToaster /> : null;
}
