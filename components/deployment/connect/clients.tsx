import { ExternalLink, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import {
  buildClaudeCodeCommand,
  buildClaudeDesktopConfig,
  buildCurlCommand,
  buildCursorConfig,
  buildCursorLink,
  buildInspectorCommand,
  buildJsonConfig,
  buildVsCodeConfig,
  buildVsCodeLink,
  type ConnectTarget,
  formatBearer,
} from "@/components/deployment/snippets";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { ClaudeGuide } from "./claude-guide";

interface GuideProps {
  target: ConnectTarget;
}

/** The clients that the page has settings for, in the order of its tabs. */
export const CLIENTS: readonly { id: string; label: string; Guide: (props: GuideProps) => ReactNode }[] = [
  { id: "claude", label: "Claude", Guide: ClaudeGuide },
  { id: "claude-code", label: "Claude Code", Guide: ClaudeCodeGuide },
  { id: "claude-desktop", label: "Claude Desktop", Guide: ClaudeDesktopGuide },
  { id: "cursor", label: "Cursor", Guide: CursorGuide },
  { id: "vscode", label: "VS Code", Guide: VsCodeGuide },
  { id: "chatgpt", label: "ChatGPT", Guide: ChatGptGuide },
  { id: "inspector", label: "MCP Inspector", Guide: InspectorGuide },
  { id: "json", label: "Other clients", Guide: JsonGuide },
  { id: "curl", label: "curl", Guide: CurlGuide },
];

function Guide({ children }: { children: ReactNode }) {
  return <div className="grid min-w-0 gap-4 leading-6">{children}</div>;
}

function File({ children }: { children: string }) {
  return <code className="wrap-anywhere font-mono text-[0.8125rem]">{children}</code>;
}

function InstallLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Button asChild variant="outline">
      <a href={href} rel="noopener noreferrer">
        {children}
        <ExternalLink aria-hidden="true" />
      </a>
    </Button>
  );
}

function ClaudeCodeGuide({ target }: GuideProps) {
  return (
    <Guide>
      <p>Run this in a terminal; the server is there in the next session.</p>
      <CodeBlock code={buildClaudeCodeCommand(target)} label="Claude Code command" wrap />
      <p className="text-muted-foreground">
        Add <File>--scope user</File> to have it in every project instead of this one only.
      </p>
    </Guide>
  );
}

function ClaudeDesktopGuide({ target }: GuideProps) {
  return (
    <Guide>
      <p>
        The configuration file of Claude Desktop starts programs only, so <File>mcp-remote</File> carries the calls; it
        needs Node.js on that computer. Put this into <File>claude_desktop_config.json</File> (Settings, Developer, Edit
        Config) and start Claude Desktop again.
      </p>
      <CodeBlock code={buildClaudeDesktopConfig(target)} label="Claude Desktop settings" />
      <p className="text-muted-foreground">
        This runs on your own computer, so it also reaches a Catwalk that is not on the internet.
      </p>
    </Guide>
  );
}

function CursorGuide({ target }: GuideProps) {
  return (
    <Guide>
      <p>
        Put this into <File>~/.cursor/mcp.json</File>, or into <File>.cursor/mcp.json</File> of one project.
      </p>
      <CodeBlock code={buildCursorConfig(target)} label="Cursor settings" />
      <p className="text-muted-foreground">
        Or let Cursor add the server from a link. A link is no place for a key, so add the <File>headers</File> from
        above in Cursor afterwards.
      </p>
      <div>
        <InstallLink href={buildCursorLink(target)}>Add to Cursor</InstallLink>
      </div>
    </Guide>
  );
}

function VsCodeGuide({ target }: GuideProps) {
  return (
    <Guide>
      <p>VS Code asks for the access key when it first connects, and keeps it itself.</p>
      <div className="flex flex-wrap gap-2">
        <InstallLink href={buildVsCodeLink(target, "stable")}>Add to VS Code</InstallLink>
        <InstallLink href={buildVsCodeLink(target, "insiders")}>Add to VS Code Insiders</InstallLink>
      </div>
      <p>
        Or put this into <File>.vscode/mcp.json</File>. It holds no key, so it can be committed.
      </p>
      <CodeBlock code={buildVsCodeConfig(target)} label="VS Code settings" />
    </Guide>
  );
}

function ChatGptGuide() {
  return (
    <Alert variant="warning">
      <TriangleAlert aria-hidden="true" />
      <AlertTitle>ChatGPT cannot connect yet</AlertTitle>
      <AlertDescription>
        ChatGPT signs in to connectors with OAuth and sends no request headers. Catwalk opens a deployment with an
        access key in a header only, so there is nothing to enter in ChatGPT that would work.
      </AlertDescription>
    </Alert>
  );
}

function InspectorGuide({ target }: GuideProps) {
  return (
    <Guide>
      <p>
        Start MCP Inspector and open the address that it prints. Connect with the transport <em>Streamable HTTP</em>,
        the URL, and the request header <File>Authorization</File> with the value below.
      </p>
      <CodeBlock code="npx @modelcontextprotocol/inspector" label="MCP Inspector command" wrap />
      <CodeBlock code={target.url} label="URL for MCP Inspector" wrap />
      <CodeBlock code={formatBearer(target)} label="Authorization value for MCP Inspector" wrap />
      <p>Or list the tools without leaving the terminal:</p>
      <CodeBlock code={buildInspectorCommand(target)} label="MCP Inspector on the command line" wrap />
    </Guide>
  );
}

function JsonGuide({ target }: GuideProps) {
  return (
    <Guide>
      <p>The form that most clients with Streamable HTTP read.</p>
      <CodeBlock code={buildJsonConfig(target)} label="JSON settings" />
    </Guide>
  );
}

function CurlGuide({ target }: GuideProps) {
  return (
    <Guide>
      <p>A handshake by hand: it shows whether URL and key are right, whatever your client says.</p>
      <CodeBlock code={buildCurlCommand(target)} label="curl command" />
    </Guide>
  );
}
