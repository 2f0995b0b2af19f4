"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { cn } from "@/lib/util/class-names";

export interface NavLinkProps {
  href: string;
  /** Other paths that mark this link as current. */
  covers?: string[];
  className?: string;
  children: ReactNode;
}

/** Link of the top bar. Marks the current page, also for screen readers. */
export function NavLink({ href, covers = [], className, children }: NavLinkProps) {
  const path = usePathname();
  const isCurrent = [href, ...covers].some((each) => path === each || (each !== "/" && path.startsWith(`${each}/`)));
  return (
    <Link
      href={href}
      aria-current={isCurrent ? "page" : undefined}
      className={cn(
        "relative inline-flex h-14 items-center px-2.5 font-medium text-muted-foreground text-sm outline-none transition-colors hover:text-foreground focus-visible:text-foreground focus-visible:ring-2 focus-visible:ring-ring focus-visible:ring-inset",
        "aria-[current=page]:text-foreground aria-[current=page]:after:absolute aria-[current=page]:after:inset-x-2.5 aria-[current=page]:after:-bottom-px aria-[current=page]:after:h-0.5 aria-[current=page]:after:bg-brand forced-colors:aria-[current=page]:after:bg-[Highlight]",
        className,
      )}
    >
      {children}
    </Link>
  );
}
