import { cn } from "@/lib/util/class-names";

/** Logo: a plank that leads from a C to a light. Decorative, since the name is beside it. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="4 3 25 26" fill="none" aria-hidden="true" className={cn("size-6 shrink-0", className)}>
      <path
        d="M24.6 9.6a10.4 10.4 0 1 0 0 12.8M12.6 16h5.2"
        stroke="currentColor"
        strokeWidth={3.5}
        strokeLinecap="round"
      />
      <circle cx="24.2" cy="16" r="3" className="fill-[#f26a1b] dark:fill-[#ff8a3d]" />
    </svg>
  );
}
