"use client";

import { History, KeyRound, ListChecks, MonitorSmartphone, Plug, Server, UserRound, UsersRound } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { cn } from "@/lib/util/class-names";

const SECTIONS = [
  { href: "/settings", label: "Account", icon: UserRound, adminOnly: false },
  { href: "/settings/clients", label: "Clients", icon: MonitorSmartphone, adminOnly: false },
  { href: "/settings/tokens", label: "API tokens", icon: KeyRound, adminOnly: false },
  { href: "/settings/set-up", label: "Set-up", icon: ListChecks, adminOnly: true },
  { href: "/settings/connections", label: "Connections", icon: Plug, adminOnly: true },
  { href: "/settings/machines", label: "Machines", icon: Server, adminOnly: true },
  { href: "/settings/people", label: "People", icon: UsersRound, adminOnly: true },
  { href: "/settings/log", label: "Log", icon: History, adminOnly: true },
] as const;

/** Links to the sections of the settings: beside the section on a desktop, above it on a phone. */
export function SettingsNav({ isAdmin }: { isAdmin: boolean }) {
  const path = usePathname();
  return (
    <nav aria-label="Settings" className="min-w-0">
      <ul className="grid grid-cols-2 gap-1 sm:flex sm:flex-wrap md:grid md:grid-cols-1">
        {SECTIONS.filter((section) => isAdmin || !section.adminOnly).map(({ href, label, icon: Icon }) => (
          <li key={href}>
            <Link
              href={href}
              aria-current={path === href ? "page" : undefined}
              className={cn(
                "flex h-9 items-center gap-2.5 rounded-md px-3 text-muted-foreground outline-none transition-colors pointer-coarse:h-11",
                "hover:bg-accent hover:text-accent-foreground focus-visible:ring-2 focus-visible:ring-ring",
                path === href && "bg-secondary font-medium text-foreground",
              )}
            >
              <Icon aria-hidden="true" className="size-4 shrink-0" />
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
