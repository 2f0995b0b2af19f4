import { ExternalLink } from "lucide-react";
import type { DeploymentView } from "@/lib/deployments/view";
import { formatRegion } from "@/lib/runtime/fly/regions";
import { parseHttpsHost } from "./format";

/** Shows the package and version that run, the source, and the region. */
export function Source({ view, defaultRegion }: { view: DeploymentView; defaultRegion: string }) {
  const { runtime, package: packageName, version } = view.spec;
  const separator = runtime === "pypi" ? "==" : "@";
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
      {packageName && (
        <span className="wrap-anywhere min-w-0 font-mono text-[0.8125rem]">
          {packageName}
          <wbr />
          {version && `${separator}${version}`}
        </span>
      )}
      <SourceLink source={view.source} />
      {view.machine && (
        <span>on Fly, {view.machine.region === null ? defaultRegion : formatRegion(view.machine.region)}</span>
      )}
    </span>
  );
}

function SourceLink({ source }: { source: string }) {
  const host = parseHttpsHost(source);
  // The package's name already says this for a source that is a package.
  if (host === null)
    return source.startsWith("npm:") || source.startsWith("pypi:") ? null : <span className="break-all">{source}</span>;
  const { pathname } = new URL(source);
  return (
    <a
      href={source}
      target="_blank"
      rel="noopener noreferrer"
      className="inline-flex min-w-0 items-center gap-1 rounded-sm underline-offset-4 hover:text-foreground hover:underline"
    >
      <span className="min-w-0 break-all">
        {host}
        {pathname === "/" ? "" : pathname}
      </span>
      <ExternalLink aria-label="(opens in a new tab)" className="size-3.5 shrink-0" />
    </a>
  );
}
