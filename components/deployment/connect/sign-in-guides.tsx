import { ExternalLink, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import {
  buildClaudeCodeSignIn,
  buildCodexSignIn,
  buildGeminiSignIn,
  buildJsonSignIn,
  buildMcpRemoteSignIn,
  buildVsCodeSignInLink,
} from "@/components/deployment/sign-in-snippets";
import {
  buildClaudeLink,
  buildCursorLink,
  type ConnectTarget,
  findObstacle,
  toClientName,
} from "@/components/deployment/snippets";
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert";
import { buttonVariants } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";

interface GuideProps {
  target: ConnectTarget;
}

/** The clients that sign in, in the order of their tabs. */
export const SIGN_IN_CLIENTS: readonly { id: string; label: string; Guide: (props: GuideProps) => ReactNode }[] = [
  { id: "claude", label: "Claude", Guide: ClaudeGuide },
  { id: "claude-code", label: "Claude Code", Guide: ClaudeCodeGuide },
  { id: "chatgpt", label: "ChatGPT", Guide: ChatGptGuide },
  { id: "cursor", label: "Cursor", Guide: CursorGuide },
  { id: "vscode", label: "VS Code", Guide: VsCodeGuide },
  { id: "codex", label: "Codex", Guide: CodexGuide },
  { id: "gemini", label: "Gemini CLI", Guide: GeminiGuide },
  { id: "stdio", label: "Claude Desktop and stdio", Guide: StdioGuide },
  { id: "other", label: "Other clients", Guide: OtherGuide },
];

function Guide({ children }: { children: ReactNode }) {
  return <div className="grid min-w-0 gap-4 leading-6">{children}</div>;
}

function Steps({ children }: { children: ReactNode }) {
  return <ol className="grid min-w-0 list-decimal gap-3 pl-5 marker:text-muted-foreground">{children}</ol>;
}

function Code({ children }: { children: string }) {
  return <code className="wrap-anywhere font-mono text-[0.8125rem]">{children}</code>;
}

function OpenLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a className={buttonVariants({ variant: "outline" })} href={href} target="_blank" rel="noopener noreferrer">
      {children}
      <ExternalLink aria-label="(opens in a new tab)" />
    </a>
  );
}

/** Hosted clients call from the internet, and only at a public https address. */
function HostedObstacle({ client, url }: { client: string; url: string }) {
  if (findObstacle(url) === null) return null;
  return (
    <Alert variant="warning">
      <TriangleAlert aria-hidden="true" />
      <AlertTitle>{client} cannot reach this URL</AlertTitle>
      <AlertDescription>
        It calls from its maker’s cloud, at public https addresses on port 443 only. Serve Catwalk at such an address
        and set <Code>NEXTAUTH_URL</Code> to it. Clients on this computer, such as Claude Code or VS Code, work here.
      </AlertDescription>
    </Alert>
  );
}

function ClaudeGuide({ target }: GuideProps) {
  return (
    <Guide>
      <HostedObstacle client="Claude" url={target.url} />
      <Steps>
        <li>
          <p>Open the dialog for a custom connector. Name and URL are filled in; press Add.</p>
          <div className="mt-2">
            <OpenLink href={buildClaudeLink(target)}>Add to Claude</OpenLink>
          </div>
        </li>
        <li>Press Connect. Catwalk’s page opens: sign in if it asks, and press Allow.</li>
        <li>The connector’s tools are there in the next chat, on the web, the desktop and phones.</li>
      </Steps>
      <p className="text-muted-foreground">
        In an organization on a Team or Enterprise plan an owner adds the connector first, and each person presses
        Connect.
      </p>
    </Guide>
  );
}

function ClaudeCodeGuide({ target }: GuideProps) {
  return (
    <Guide>
      <p>Run both in a terminal. The second opens Catwalk’s page in the browser: press Allow there.</p>
      <CodeBlock code={buildClaudeCodeSignIn(target)} label="Claude Code commands" isPrimary />
      <p className="text-muted-foreground">
        In a running session, <Code>/mcp</Code> and Authenticate do the same as the second line.
      </p>
    </Guide>
  );
}

function ChatGptGuide({ target }: GuideProps) {
  return (
    <Guide>
      <HostedObstacle client="ChatGPT" url={target.url} />
      <Steps>
        <li>In ChatGPT’s settings, under Apps &amp; Connectors, Advanced settings, turn on Developer mode.</li>
        <li>
          <p>Press Create, give it a name, and enter this URL with the authentication OAuth:</p>
          <CodeBlock code={target.url} label="URL for ChatGPT" isPrimary className="mt-2" />
        </li>
        <li>ChatGPT opens Catwalk’s page: sign in if it asks, and press Allow.</li>
      </Steps>
    </Guide>
  );
}

function CursorGuide({ target }: GuideProps) {
  return (
    <Guide>
      <p>
        Let Cursor add the server, then press the login that it offers beside it. Catwalk’s page opens: press Allow.
      </p>
      <div>
        <OpenLink href={buildCursorLink(target)}>Add to Cursor</OpenLink>
      </div>
      <p>
        Or put this into <Code>~/.cursor/mcp.json</Code>.
      </p>
      <CodeBlock code={buildJsonSignIn(target)} label="Cursor settings" />
    </Guide>
  );
}

function VsCodeGuide({ target }: GuideProps) {
  return (
    <Guide>
      <p>VS Code asks whether it may sign in when the server first starts. Catwalk’s page opens: press Allow.</p>
      <div className="flex flex-wrap gap-2">
        <OpenLink href={buildVsCodeSignInLink(target, "stable")}>Add to VS Code</OpenLink>
        <OpenLink href={buildVsCodeSignInLink(target, "insiders")}>Add to VS Code Insiders</OpenLink>
      </div>
    </Guide>
  );
}

function CodexGuide({ target }: GuideProps) {
  return (
    <Guide>
      <p>Run both in a terminal. The second opens Catwalk’s page in the browser: press Allow there.</p>
      <CodeBlock code={buildCodexSignIn(target)} label="Codex commands" isPrimary />
    </Guide>
  );
}

function GeminiGuide({ target }: GuideProps) {
  return (
    <Guide>
      <p>
        Run this in a terminal. Then, in Gemini CLI, type <Code>{`/mcp auth ${toClientName(target.name)}`}</Code>:
        Catwalk’s page opens, press Allow there.
      </p>
      <CodeBlock code={buildGeminiSignIn(target)} label="Gemini CLI command" isPrimary />
    </Guide>
  );
}

function StdioGuide({ target }: GuideProps) {
  return (
    <Guide>
      <p>
        For clients that only start programs. <Code>mcp-remote</Code> signs in for them and carries the calls; it needs
        Node.js on that computer. In Claude Desktop this belongs into <Code>claude_desktop_config.json</Code> (Settings,
        Developer, Edit Config).
      </p>
      <CodeBlock code={buildMcpRemoteSignIn(target)} label="mcp-remote settings" isPrimary />
    </Guide>
  );
}

function OtherGuide({ target }: GuideProps) {
  return (
    <Guide>
      <p>
        Give your client the URL alone. It finds everything else by itself, opens Catwalk’s page, and asks you to press
        Allow.
      </p>
      <CodeBlock code={target.url} label="URL for other clients" />
      <CodeBlock code={buildJsonSignIn(target)} label="JSON settings for clients that sign in" />
      <p className="text-muted-foreground">Where the dialog asks for a client id and secret, make them under Access.</p>
    </Guide>
  );
}
