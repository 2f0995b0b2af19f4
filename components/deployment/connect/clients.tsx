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
import { buttonVariants } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { ClaudeGuide } from "./claude-guide";

interface GuideProps {
  target: ConnectTarget;
}

export type ClientId =
  | "claude"
  | "claude-code"
  | "claude-desktop"
  | "cursor"
  | "vscode"
  | "chatgpt"
  | "inspector"
  | "json"
  | "curl";

export interface ConnectClient {
  id: ClientId;
  label: string;
  /** Name of the access key that the page creates for the client, or null when the client cannot send one. */
  keyName: string | null;
  Guide: (props: GuideProps) => ReactNode;
}

/** Clients with instructions, in the order of the tabs. */
export const CLIENTS: readonly ConnectClient[] = [
  { id: "claude", label: "Claude", keyName: "Claude", Guide: ClaudeGuide },
  { id: "claude-code", label: "Claude Code", keyName: "Claude Code", Guide: ClaudeCodeGuide },
  { id: "claude-desktop", label: "Claude Desktop", keyName: "Claude Desktop", Guide: ClaudeDesktopGuide },
  { id: "cursor", label: "Cursor", keyName: "Cursor", Guide: CursorGuide },
  { id: "vscode", label: "VS Code", keyName: "VS Code", Guide: VsCodeGuide },
  { id: "chatgpt", label: "ChatGPT", keyName: null, Guide: ChatGptGuide },
  { id: "inspector", label: "MCP Inspector", keyName: "MCP Inspector", Guide: InspectorGuide },
  { id: "json", label: "Other clients", keyName: "Another client", Guide: JsonGuide },
  { id: "curl", label: "curl", keyName: "curl", Guide: CurlGuide },
];

function Guide({ children }: { children: ReactNode }) {
  return <div className="grid min-w-0 gap-4 leading-6">{children}</div>;
}

function File({ children }: { children: string }) {
  return <code className="wrap-anywhere font-mono text-[0.8125rem]">{children}</code>;
}

function InstallLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a className={buttonVariants({ variant: "outline" })} href={href} rel="noopener noreferrer">
      {children}
      <ExternalLink aria-hidden="true" />
    </a>
  );
}

function ClaudeCodeGuide({ target }: GuideProps) {
  return (
    <Guide>
      <p>Run this command in a terminal. Claude Code has the server in its next session.</p>
      <CodeBlock
        code={buildClaudeCodeCommand(target)}
        label="Claude Code command"
        isPrimary={target.accessKey !== null}
      />
      <p className="text-muted-foreground">
        Add <File>--scope user</File> to use it in every project and not only in this folder.
      </p>
    </Guide>
  );
}

function ClaudeDesktopGuide({ target }: GuideProps) {
  return (
    <Guide>
      <p>
        Add this to <File>claude_desktop_config.json</File> (Settings, Developer, Edit Config) and restart Claude
        Desktop. It starts <File>mcp-remote</File>, which forwards the calls and needs Node.js on your computer.
      </p>
      <CodeBlock
        code={buildClaudeDesktopConfig(target)}
        label="Claude Desktop settings"
        isPrimary={target.accessKey !== null}
      />
      <p className="text-muted-foreground">
        The calls come from your own computer, so this works with a Catwalk that is not on the internet.
      </p>
    </Guide>
  );
}

function CursorGuide({ target }: GuideProps) {
  return (
    <Guide>
      <p>
        Add this to <File>~/.cursor/mcp.json</File>, or to <File>.cursor/mcp.json</File> of one project.
      </p>
      <CodeBlock code={buildCursorConfig(target)} label="Cursor settings" isPrimary={target.accessKey !== null} />
      <p className="text-muted-foreground">
        Or add the server with a link. A link contains no key, so add the <File>headers</File> from above in Cursor
        afterwards.
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
      <p>VS Code asks for the access key when it first connects, and stores it itself.</p>
      {target.accessKey !== null && <CodeBlock code={target.accessKey} label="access key for VS Code" isPrimary />}
      <div className="flex flex-wrap gap-2">
        <InstallLink href={buildVsCodeLink(target, "stable")}>Add to VS Code</InstallLink>
        <InstallLink href={buildVsCodeLink(target, "insiders")}>Add to VS Code Insiders</InstallLink>
      </div>
      <p>
        Or add this to <File>.vscode/mcp.json</File>. It contains no key, so you can commit it.
      </p>
      <CodeBlock code={buildVsCodeConfig(target)} label="VS Code settings" />
    </Guide>
  );
}

function ChatGptGuide() {
  return (
    <Alert variant="warning">
      <TriangleAlert aria-hidden="true" />
      <AlertTitle>ChatGPT takes no access key</AlertTitle>
      <AlertDescription>
        ChatGPT signs in to connectors and sends no request headers. Choose Sign in above.
      </AlertDescription>
    </Alert>
  );
}

function InspectorGuide({ target }: GuideProps) {
  return (
    <Guide>
      <p>
        Start MCP Inspector and open the address that it prints. Choose the transport <em>Streamable HTTP</em>, and
        enter the URL and the request header <File>Authorization</File> with the value below.
      </p>
      <CodeBlock code="npx @modelcontextprotocol/inspector" label="MCP Inspector command" />
      <CodeBlock code={target.url} label="URL for MCP Inspector" />
      <CodeBlock
        code={formatBearer(target)}
        label="Authorization value for MCP Inspector"
        isPrimary={target.accessKey !== null}
      />
      <p>Or list the tools in the terminal:</p>
      <CodeBlock code={buildInspectorCommand(target)} label="MCP Inspector on the command line" />
    </Guide>
  );
}

function JsonGuide({ target }: GuideProps) {
  return (
    <Guide>
      <p>Most clients with Streamable HTTP read settings of this form.</p>
      <CodeBlock code={buildJsonConfig(target)} label="JSON settings" isPrimary={target.accessKey !== null} />
    </Guide>
  );
}

function CurlGuide({ target }: GuideProps) {
  return (
    <Guide>
      <p>This command checks the URL and the key, independent of any client.</p>
      <CodeBlock code={buildCurlCommand(target)} label="curl command" isPrimary={target.accessKey !== null} />
    </Guide>
  );
}
