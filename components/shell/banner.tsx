"use client";

import { type ReactNode, useSyncExternalStore } from "react";
import { createPortal } from "react-dom";
import { Alert, AlertDescription, type AlertProps, AlertTitle } from "@/components/ui/alert";

const REGION_ID = "page-banners";

/** Place for banners, under the top bar and above the page. The layout renders one. */
export function BannerRegion() {
  return <div id={REGION_ID} className="mx-auto grid w-full max-w-6xl gap-2 px-4 empty:hidden sm:px-6 [&>*]:mt-4" />;
}

function subscribeToNothing(): () => void {
  return () => {};
}

export interface BannerProps {
  variant?: AlertProps["variant"];
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
}

/** Shows a problem of the whole page in the banner region. Screen readers announce it politely. */
export function Banner({ variant = "warning", icon, title, children }: BannerProps) {
  const region = useSyncExternalStore(
    subscribeToNothing,
    () => document.getElementById(REGION_ID),
    () => null,
  );
  if (!region) return null;
  return createPortal(
    <Alert variant={variant} role="status">
      {icon}
      <AlertTitle>{title}</AlertTitle>
      {children && <AlertDescription>{children}</AlertDescription>}
    </Alert>,
    region,
  );
}
