import Link from "next/link";
import type { Analysis } from "@/lib/analysis/spec";

const SHOWN = 12;

/** Links to the further servers of a repository, the likeliest first. Renders nothing where there are none. */
export function OtherServers({ servers = [] }: { servers?: Analysis["otherServers"] }) {
  if (servers.length === 0) return null;
  const hidden = servers.length - SHOWN;
  return (
    <nav aria-label="Other servers of this repository" className="grid min-w-0 gap-2 text-[0.8125rem] leading-5">
      <p className="text-muted-foreground">Other servers of this repository:</p>
      <ul className="flex min-w-0 flex-wrap gap-2">
        {servers.slice(0, SHOWN).map(({ name, source }) => (
          <li key={source} className="min-w-0">
            <Link
              href={`/new?source=${encodeURIComponent(source)}`}
              title={source}
              className="inline-flex min-h-8 min-w-0 items-center rounded-md border px-2.5 font-mono text-xs outline-none hover:bg-accent focus-visible:ring-2 focus-visible:ring-ring pointer-coarse:min-h-11"
            >
              <span className="break-all">{name}</span>
            </Link>
          </li>
        ))}
      </ul>
      {hidden > 0 && (
        <p className="text-muted-foreground">and {hidden} more. Paste the URL of a folder for one of these.</p>
      )}
    </nav>
  );
}
