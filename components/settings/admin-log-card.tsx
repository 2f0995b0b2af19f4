import { ButtonLink } from "@/components/ui/button-link";
import { RelativeTime } from "@/components/ui/relative-time";
import type { AdminEntryView } from "@/lib/admin-log/actions";

export interface AdminLogCardProps {
  entries: AdminEntryView[];
  nextCursor: string | null;
  /** The filled parameters of the page's address. */
  asked: Record<string, string>;
}

/** One page of the administrator's log, the newest entry first. */
export function AdminLogCard({ entries, nextCursor, asked }: AdminLogCardProps) {
  const { cursor, ...filter } = asked;
  const pageOf = (place: Record<string, string>) => `/settings/log?${new URLSearchParams({ ...filter, ...place })}`;
  if (entries.length === 0) {
    return (
      <p className="rounded-xl border border-dashed px-6 py-10 text-center text-muted-foreground">
        {Object.keys(asked).length > 0 ? "Nothing in the log fits." : "Nothing has happened yet."}
      </p>
    );
  }
  return (
    <>
      <ol aria-label="Entries" className="-mx-5 divide-y border-y sm:-mx-6">
        {entries.map((entry) => (
          <li key={entry.id} className="grid min-w-0 gap-0.5 px-5 py-3 sm:px-6">
            <span className="wrap-anywhere min-w-0 leading-5">{entry.summary}</span>
            <span className="flex min-w-0 flex-wrap gap-x-3 text-[0.8125rem] text-muted-foreground leading-5">
              <span className="min-w-0 break-all">{describeActor(entry)}</span>
              {entry.address !== null && <span className="min-w-0 break-all">{entry.address}</span>}
              {entry.via === "token" && <span>with an API token</span>}
              {entry.via === "command line" && <span>on the command line</span>}
              <RelativeTime value={entry.at} className="sm:ml-auto" />
            </span>
          </li>
        ))}
      </ol>
      {(cursor !== undefined || nextCursor !== null) && (
        <nav aria-label="Pages of the log" className="flex flex-wrap justify-between gap-2">
          {cursor !== undefined && (
            <ButtonLink variant="outline" href={pageOf({})}>
              Newest
            </ButtonLink>
          )}
          {nextCursor !== null && (
            <ButtonLink variant="outline" className="ml-auto" href={pageOf({ cursor: nextCursor })}>
              Older
            </ButtonLink>
          )}
        </nav>
      )}
    </>
  );
}

function describeActor({ actor, action, via }: AdminEntryView): string {
  if (actor !== null) return actor;
  if (action.startsWith("sign-in.")) return "Not signed in";
  return via === "command line" ? "The operator" : "Catwalk";
}
