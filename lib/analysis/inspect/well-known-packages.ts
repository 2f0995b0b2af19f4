/** MCP servers that many people install, by registry. Names that are nearly one of these deserve a second look. */
export const WELL_KNOWN_PACKAGES = {
  npm: `@modelcontextprotocol/server-filesystem @modelcontextprotocol/server-memory @modelcontextprotocol/server-everything
    @modelcontextprotocol/server-sequential-thinking @modelcontextprotocol/server-github @modelcontextprotocol/server-postgres
    @modelcontextprotocol/server-slack @modelcontextprotocol/server-puppeteer @modelcontextprotocol/server-brave-search
    @modelcontextprotocol/server-google-maps @modelcontextprotocol/server-gdrive @modelcontextprotocol/inspector
    @playwright/mcp @browsermcp/mcp @upstash/context7-mcp @notionhq/notion-mcp-server @sentry/mcp-server @stripe/mcp @supabase/mcp-server-supabase
    @azure-devops/mcp @azure/mcp @browserbasehq/mcp @apify/actors-mcp-server @bytebase/dbhub @heroku/mcp-server @cloudflare/mcp-server-cloudflare
    @brave/brave-search-mcp-server @perplexity-ai/mcp-server @benborla29/mcp-server-mysql @softeria/ms-365-mcp-server
    @cocal/google-calendar-mcp @line/line-bot-mcp-server @hubspot/mcp-server @shopify/dev-mcp @paypal/mcp @mapbox/mcp-server
    @elastic/mcp-server-elasticsearch @pinecone-database/mcp @neondatabase/mcp-server-neon @circleci/mcp-server-circleci
    airtable-mcp-server chrome-devtools-mcp exa-mcp-server figma-developer-mcp firecrawl-mcp kubernetes-mcp-server mcp-mongo-server
    mongodb-mcp-server slack-mcp-server tavily-mcp mcp-remote n8n-mcp puppeteer-mcp-server mcp-obsidian elasticsearch-mcp-server`
    .trim()
    .split(/\s+/),
  pypi: `mcp-server-time mcp-server-fetch mcp-server-git mcp-server-sqlite mcp-server-sentry mcp-server-qdrant mcp-server-motherduck
    mcp-atlassian mcp-clickhouse mcp-neo4j-cypher mcp-obsidian alpaca-mcp-server awslabs-aws-documentation-mcp-server
    awslabs-core-mcp-server awslabs-mysql-mcp-server blender-mcp chroma-mcp duckduckgo-mcp-server elevenlabs-mcp excel-mcp-server
    logfire-mcp markitdown-mcp minimax-mcp mysql-mcp-server office-word-mcp-server oxylabs-mcp pagerduty-mcp postgres-mcp redis-mcp-server
    snowflake-labs-mcp arxiv-mcp-server google-analytics-mcp mcp-proxy mcp-server-docker mcp-server-kubernetes workspace-mcp`
    .trim()
    .split(/\s+/),
} as const;
