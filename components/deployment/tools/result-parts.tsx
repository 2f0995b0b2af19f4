import { ExternalLink } from "lucide-react";
import { formatBytes, parseHttpsHost } from "@/components/deployment/format";
import { LongText } from "@/components/deployment/long-text";
import type { ResultPart } from "@/components/deployment/tool-result";

/** Content of a tool's result. It is untrusted: text stays text, media come from data URLs only, links name their host. */
export function ResultParts({ parts }: { parts: ResultPart[] }) {
  return parts.map((part, index) => (
    // A result never changes.
    // biome-ignore lint/suspicious/noArrayIndexKey: see above
    <Part key={index} part={part} />
  ));
}

function Part({ part }: { part: ResultPart }) {
  switch (part.kind) {
    case "text":
      return <LongText text={part.text} label="Text" />;
    case "image":
      return (
        <figure className="grid min-w-0 gap-1.5">
          {/* biome-ignore lint/performance/noImgElement: Next's image server does not read data URLs */}
          <img
            src={part.source}
            alt="Returned by the tool"
            className="max-h-96 w-fit max-w-full rounded-md border bg-[repeating-conic-gradient(var(--muted)_0_25%,transparent_0_50%)] bg-[length:16px_16px] object-contain"
          />
          <Caption mimeType={part.mimeType} bytes={part.bytes} />
        </figure>
      );
    case "audio":
      return (
        <figure className="grid min-w-0 gap-1.5">
          {/* biome-ignore lint/a11y/useMediaCaption: a tool returns no captions */}
          <audio controls src={part.source} className="max-w-full" />
          <Caption mimeType={part.mimeType} bytes={part.bytes} />
        </figure>
      );
    case "link":
      return (
        <div className="grid min-w-0 gap-0.5 rounded-md border bg-card px-3 py-2.5">
          <span className="break-words font-medium">{part.name}</span>
          {part.description && <LongText text={part.description} limit={500} plain className="text-muted-foreground" />}
          <Address uri={part.uri} />
        </div>
      );
    case "resource":
      return (
        <div className="grid min-w-0 gap-1.5">
          <Address uri={part.uri} />
          {part.text === null ? (
            <p className="text-muted-foreground">
              Binary data, {formatBytes(part.bytes)}
              {part.mimeType && `, ${part.mimeType}`}.
            </p>
          ) : (
            <LongText text={part.text} label="Resource" />
          )}
        </div>
      );
    case "unknown":
      return <LongText text={part.json} label="Content of an unknown kind" />;
  }
}

function Caption({ mimeType, bytes }: { mimeType: string; bytes: number }) {
  return (
    <figcaption className="text-muted-foreground text-xs">
      {mimeType}, {formatBytes(bytes)}
    </figcaption>
  );
}

/** Shows a URI. Only https becomes a link, which names its host. */
function Address({ uri }: { uri: string }) {
  const host = parseHttpsHost(uri);
  const text = uri.length > 300 ? `${uri.slice(0, 300)}…` : uri;
  return (
    <span className="flex min-w-0 flex-wrap items-baseline gap-x-3 text-xs">
      <span className="min-w-0 break-all font-mono text-muted-foreground">{text}</span>
      {host && (
        <a
          href={uri}
          target="_blank"
          rel="noopener noreferrer"
          className="inline-flex items-center gap-1 rounded-sm text-brand underline-offset-4 hover:underline"
        >
          Open {host}
          <ExternalLink aria-label="(opens in a new tab)" className="size-3" />
        </a>
      )}
    </span>
  );
}
