"use client";

import { ArrowDown, Download, Pause, Play } from "lucide-react";
import { memo, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { CopyButton } from "@/components/ui/copy-button";
import { cn } from "@/lib/util/class-names";
import { useDeploymentPage } from "./context";
import { formatLog, type LogBuffer, type ShownLine } from "./log-buffer";
import { toPhase } from "./step-display";
import { type LogConnection, useLogStream } from "./use-log-stream";

/** Distance from the end that still counts as the end. */
const END_SLACK_PX = 24;

/** The machine's log, with new lines as they are printed. */
export function LogsTab() {
  const { view } = useDeploymentPage();
  const { buffer, connection } = useLogStream(view.id);
  const [pausedAt, setPausedAt] = useState<LogBuffer | null>(null);
  const shown = pausedAt ?? buffer;
  const missed = pausedAt ? buffer.nextId - pausedAt.nextId : 0;
  const { frame, following, follow, onScroll } = useFollow(shown.nextId);

  return (
    <section aria-label="Log" className="grid min-w-0 gap-3">
      <div className="flex min-h-8 flex-wrap items-center gap-2">
        <Button
          variant="outline"
          size="sm"
          aria-pressed={pausedAt !== null}
          onClick={() => setPausedAt(pausedAt ? null : buffer)}
          className="w-28 max-sm:w-24"
        >
          {pausedAt ? <Play aria-hidden="true" /> : <Pause aria-hidden="true" />}
          {pausedAt ? "Resume" : "Pause"}
        </Button>
        <CopyButton value={formatLog(shown.lines)} label="log" showText disabled={shown.lines.length === 0} />
        <Button
          variant="outline"
          size="sm"
          disabled={shown.lines.length === 0}
          onClick={() => download(view.name, shown)}
        >
          <Download aria-hidden="true" className="max-sm:hidden" />
          Download
        </Button>
        <p role="status" className="ml-auto text-muted-foreground text-xs tabular-nums">
          {missed > 0
            ? `${missed} new lines since you paused`
            : describeConnection(connection, toPhase(view.status) === "stopped")}
        </p>
      </div>
      <div className="relative min-w-0">
        <div
          ref={frame}
          role="log"
          aria-live="off"
          aria-label="Log lines"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users must be able to scroll it
          tabIndex={0}
          onScroll={onScroll}
          className="max-h-[28rem] overflow-auto overscroll-contain rounded-lg border bg-card py-2 outline-none focus-visible:ring-2 focus-visible:ring-ring"
        >
          {shown.droppedCount > 0 && (
            <p className="px-4 py-1 text-muted-foreground text-xs">Not shown: {shown.droppedCount} older lines.</p>
          )}
          {shown.lines.length === 0 ? (
            <p className="px-4 py-6 text-center text-muted-foreground">
              {describeEmptyLog(connection, toPhase(view.status) === "stopped")}
            </p>
          ) : (
            shown.lines.map((line) => <LogRow key={line.id} line={line} />)
          )}
        </div>
        {!following && (
          <Button size="sm" variant="secondary" className="absolute right-4 bottom-4 border shadow-sm" onClick={follow}>
            <ArrowDown aria-hidden="true" />
            Scroll to the end
          </Button>
        )}
      </div>
      <p className="text-muted-foreground text-xs">
        Output of the server (stderr) and events of its machine (host). The values of secrets are replaced.
      </p>
    </section>
  );
}

const STREAM_COLORS: Record<ShownLine["stream"], string> = {
  host: "text-brand",
  stdout: "text-info",
  stderr: "text-muted-foreground",
};

const LogRow = memo(function LogRow({ line }: { line: ShownLine }) {
  return (
    <div className="flex min-w-0 gap-x-3 px-4 font-mono text-xs leading-5 hover:bg-muted/70 max-sm:flex-wrap max-sm:pb-1">
      <time
        dateTime={line.time}
        title={line.time}
        className="shrink-0 select-none text-muted-foreground tabular-nums"
        suppressHydrationWarning
      >
        {formatClockTime(line.time)}
      </time>
      <span className={cn("w-11 shrink-0 select-none", STREAM_COLORS[line.stream])}>{line.stream}</span>
      <span className="wrap-anywhere min-w-0 whitespace-pre-wrap max-sm:basis-full">{line.line}</span>
    </div>
  );
});

function formatClockTime(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? "--:--:--" : date.toLocaleTimeString(undefined, { hour12: false });
}

function describeConnection(connection: LogConnection, stopped: boolean): string {
  if (stopped) return "The server is stopped.";
  return { connecting: "Connecting…", open: "Following the log.", waiting: "Connection lost. Trying again." }[
    connection
  ];
}

function describeEmptyLog(connection: LogConnection, stopped: boolean): string {
  if (stopped) return "The server is stopped, so there is no log.";
  return connection === "open" ? "The server has printed nothing yet." : "Waiting for the machine.";
}

/** Scrolls to the end with each new line, unless the person has scrolled up. */
function useFollow(lastId: number) {
  const frame = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(true);
  const follow = () => {
    setFollowing(true);
    frame.current?.scrollTo({ top: frame.current.scrollHeight });
  };
  // A layout effect runs before the paint, so that no frame shows the lines at another position.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new line changes lastId, which is what the effect follows
  useLayoutEffect(() => {
    if (following) frame.current?.scrollTo({ top: frame.current.scrollHeight, behavior: "instant" });
  }, [lastId, following]);
  useEffect(() => {
    const onResize = () => {
      if (following) frame.current?.scrollTo({ top: frame.current.scrollHeight, behavior: "instant" });
    };
    window.addEventListener("resize", onResize);
    return () => window.removeEventListener("resize", onResize);
  }, [following]);
  const onScroll = () => {
    const element = frame.current;
    if (element) setFollowing(element.scrollHeight - element.scrollTop - element.clientHeight < END_SLACK_PX);
  };
  return { frame, following, follow, onScroll };
}

function download(name: string, buffer: LogBuffer): void {
  const url = URL.createObjectURL(new Blob([formatLog(buffer.lines)], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${name.replace(/[^\w.-]+/g, "-").slice(0, 60) || "deployment"}.log`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
