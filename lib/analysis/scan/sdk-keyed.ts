import type { SdkClient } from "./sdk-credentials.ts";

const KEY = /api_?key|\bkey\b|\bauth\b|token/i;
/** The same for a constructor whose first argument is the key itself. */
const KEY_OR_TEXT = /^\s*["'`]|api_?key|\bkey\b|\bauth\b|token/i;
/** Functions whose first argument is a model, a template or an object's name. */
const FIRST_IS_ANOTHER = /replicate|Replicate|wandb|HfApi|Sandbox|Chat|Embeddings/;

/** Whether the client cannot be made without its key, or only its requests fail. */
type Failure = "fails" | "works";

function keyed(
  language: "python" | "javascript",
  library: RegExp,
  calls: string,
  key: string,
  failure: Failure,
): SdkClient {
  return {
    language,
    library,
    makes: new RegExp(`${calls}\\(`, "g"),
    given: FIRST_IS_ANOTHER.test(calls) ? KEY : KEY_OR_TEXT,
    variables: [key],
    demands: failure === "fails" ? [key] : [],
  };
}

function python(library: RegExp, calls: string, key: string, failure: Failure = "works"): SdkClient {
  return keyed("python", library, `\\b(?:${calls})`, key, failure);
}

/** A module whose name is an everyday word, or that of many modules of servers: its import tells. */
function pythonModule(module: string, calls: string, key: string, failure: Failure = "works"): SdkClient {
  return python(importOf(module), calls, key, failure);
}

function javaScript(library: RegExp, names: string, key: string, failure: Failure = "works"): SdkClient {
  return keyed("javascript", library, `\\bnew\\s{1,5}(?:${names})`, key, failure);
}

/** A provider of the AI SDK: what it makes itself, `openai("gpt")`, and what `createOpenAI({})` makes, both read its key with each request. */
function provider(name: string, maker: string, key: string): SdkClient[] {
  const module = `["']@ai-sdk/${name}["']`;
  return [
    {
      language: "javascript",
      library: new RegExp(
        `\\bimport\\s{1,5}\\{(?:[^{}]{0,200}[\\s,])?${name}(?:[\\s,][^{}]{0,200})?\\}\\s{0,5}from\\s{1,5}${module}`,
      ),
      makes: new RegExp(`(?<![\\w$.])${name}(?:\\.\\w{1,30})?\\(`, "g"),
      given: "nothing",
      variables: [key],
    },
    {
      language: "javascript",
      library: new RegExp(module),
      makes: new RegExp(`\\b${maker}\\(`, "g"),
      given: /apiKey/,
      variables: [key],
    },
  ];
}

/** The line that imports a module of Python, which is no module of the server itself. */
export function importOf(module: string): RegExp {
  return new RegExp(`^[ \\t]{0,20}(?:from|import)[ \\t]{1,5}${module}\\b`, "m");
}

const MODELS: SdkClient[] = [
  python(/\bopenai\b/, "(?:openai\\.)?(?:Async)?OpenAI", "OPENAI_API_KEY", "fails"),
  python(/\banthropic\b/, "(?:anthropic\\.)?(?:Async)?Anthropic", "ANTHROPIC_API_KEY"),
  python(/\bgroq\b/, "(?:groq\\.)?(?:Async)?Groq", "GROQ_API_KEY", "fails"),
  python(/\bmistralai\b/, "Mistral", "MISTRAL_API_KEY"),
  python(/\bcohere\b/, "cohere\\.(?:Async)?Client(?:V2)?", "CO_API_KEY"),
  python(/\bvoyageai\b/, "voyageai\\.(?:Async)?Client", "VOYAGE_API_KEY", "fails"),
  python(/\btogether\b/, "(?:Async)?Together", "TOGETHER_API_KEY", "fails"),
  pythonModule("cerebras", "(?:Async)?Cerebras", "CEREBRAS_API_KEY", "fails"),
  pythonModule("zhipuai", "ZhipuAI", "ZHIPUAI_API_KEY", "fails"),
  python(/\breplicate\b/, "replicate\\.(?:run|async_run|stream|Client)", "REPLICATE_API_TOKEN"),
  python(/\bwandb\b/, "wandb\\.(?:Api|init|login)", "WANDB_API_KEY"),
  python(/\bhuggingface_hub\b/, "HfApi|(?:Async)?InferenceClient|(?:hf_hub|snapshot)_download", "HF_TOKEN"),
  python(/\blangchain_openai\b/, "ChatOpenAI|OpenAIEmbeddings", "OPENAI_API_KEY"),
  python(/\blangchain_anthropic\b/, "ChatAnthropic", "ANTHROPIC_API_KEY"),
  python(/\blangchain_google_genai\b/, "ChatGoogleGenerativeAI|GoogleGenerativeAIEmbeddings", "GOOGLE_API_KEY"),
  python(/\blangchain_groq\b/, "ChatGroq", "GROQ_API_KEY"),
  python(/\blangchain_mistralai\b/, "ChatMistralAI", "MISTRAL_API_KEY"),
  javaScript(/["']openai["']/, "OpenAI|OpenAIApi", "OPENAI_API_KEY", "fails"),
  javaScript(/["']@anthropic-ai\/sdk["']/, "Anthropic", "ANTHROPIC_API_KEY"),
  javaScript(/["']groq-sdk["']/, "Groq", "GROQ_API_KEY", "fails"),
  javaScript(/["']@mistralai\/mistralai["']/, "Mistral", "MISTRAL_API_KEY"),
  javaScript(/["']cohere-ai["']/, "CohereClient(?:V2)?", "CO_API_KEY"),
  javaScript(/["']together-ai["']/, "Together", "TOGETHER_API_KEY", "fails"),
  javaScript(/["']replicate["']/, "Replicate", "REPLICATE_API_TOKEN"),
  javaScript(/["']@langchain\/openai["']/, "ChatOpenAI|OpenAIEmbeddings", "OPENAI_API_KEY"),
  javaScript(/["']@langchain\/anthropic["']/, "ChatAnthropic", "ANTHROPIC_API_KEY"),
  ...provider("openai", "createOpenAI", "OPENAI_API_KEY"),
  ...provider("anthropic", "createAnthropic", "ANTHROPIC_API_KEY"),
  ...provider("google", "createGoogleGenerativeAI", "GOOGLE_GENERATIVE_AI_API_KEY"),
  ...provider("groq", "createGroq", "GROQ_API_KEY"),
];

const MEDIA: SdkClient[] = [
  python(/\belevenlabs\b/, "(?:Async)?ElevenLabs", "ELEVENLABS_API_KEY"),
  python(/\bdeepgram\b/, "(?:Async)?DeepgramClient", "DEEPGRAM_API_KEY"),
  python(/\bassemblyai\b/, "(?:aai|assemblyai)\\.(?:Transcriber|Client)", "ASSEMBLYAI_API_KEY"),
  pythonModule("runwayml", "(?:Async)?RunwayML", "RUNWAYML_API_SECRET", "fails"),
  pythonModule("lumaai", "(?:Async)?LumaAI", "LUMAAI_API_KEY", "fails"),
  javaScript(/["'](?:elevenlabs|@elevenlabs\/elevenlabs-js)["']/, "ElevenLabsClient", "ELEVENLABS_API_KEY"),
  javaScript(/["']@deepgram\/sdk["']/, "DeepgramClient", "DEEPGRAM_API_KEY"),
  javaScript(/["']@runwayml\/sdk["']/, "RunwayML", "RUNWAYML_API_SECRET", "fails"),
  javaScript(/["']lumaai["']/, "LumaAI", "LUMAAI_API_KEY", "fails"),
];

const SEARCH_AND_BROWSERS: SdkClient[] = [
  python(/\btavily\b/, "(?:Async)?TavilyClient|TavilySearch(?:Results)?", "TAVILY_API_KEY"),
  python(/\bfirecrawl\b/, "(?:Async)?Firecrawl(?:App)?", "FIRECRAWL_API_KEY"),
  python(/\bexa_py\b/, "(?:Async)?Exa", "EXA_API_KEY", "fails"),
  pythonModule("perplexity", "(?:Async)?Perplexity", "PERPLEXITY_API_KEY", "fails"),
  pythonModule("linkup", "LinkupClient", "LINKUP_API_KEY", "fails"),
  pythonModule("scrapegraph_py", "(?:Async)?Client(?:\\.from_env)?", "SGAI_API_KEY", "fails"),
  pythonModule("browserbase", "(?:Async)?Browserbase", "BROWSERBASE_API_KEY", "fails"),
  pythonModule("hyperbrowser", "(?:Async)?Hyperbrowser", "HYPERBROWSER_API_KEY", "fails"),
  python(/\be2b\w*\b/, "(?:Async)?Sandbox(?:\\.create)?", "E2B_API_KEY"),
  javaScript(/["']exa-js["']/, "Exa", "EXA_API_KEY"),
  javaScript(
    /["'](?:@mendable\/firecrawl-js|firecrawl|@firecrawl\/\w{1,20})["']/,
    "Firecrawl(?:App|Client)?",
    "FIRECRAWL_API_KEY",
  ),
  javaScript(/["']@perplexity-ai\/perplexity_ai["']/, "Perplexity", "PERPLEXITY_API_KEY", "fails"),
  javaScript(/["']@browserbasehq\/sdk["']/, "Browserbase", "BROWSERBASE_API_KEY", "fails"),
  javaScript(/["']@hyperbrowser\/sdk["']/, "Hyperbrowser", "HYPERBROWSER_API_KEY", "fails"),
  keyed("javascript", /["']@tavily\/core["']/, "\\btavily", "TAVILY_API_KEY", "works"),
  keyed("javascript", /["'](?:e2b|@e2b\/[\w-]{1,40})["']/, "\\bSandbox\\.create", "E2B_API_KEY", "works"),
];

const DATA_AND_OTHERS: SdkClient[] = [
  python(/\bpinecone\b/, "Pinecone(?:Asyncio)?", "PINECONE_API_KEY", "fails"),
  pythonModule("mem0", "(?:Async)?MemoryClient", "MEM0_API_KEY", "fails"),
  pythonModule("fredapi", "Fred", "FRED_API_KEY", "fails"),
  pythonModule("polygon", "RESTClient", "POLYGON_API_KEY", "fails"),
  pythonModule(
    "alpha_vantage",
    "TimeSeries|ForeignExchange|CryptoCurrencies|TechIndicators|FundamentalData",
    "ALPHAVANTAGE_API_KEY",
    "fails",
  ),
  pythonModule("meraki", "meraki\\.(?:aio\\.Async)?DashboardAPI", "MERAKI_DASHBOARD_API_KEY", "fails"),
  javaScript(/["']@pinecone-database\/pinecone["']/, "Pinecone", "PINECONE_API_KEY", "fails"),
  javaScript(/["']resend["']/, "Resend", "RESEND_API_KEY", "fails"),
  {
    ...javaScript(/["']airtable["']/, "Airtable", "AIRTABLE_API_KEY", "fails"),
    elsewhere: /\bAirtable\.configure\(\s{0,20}\{[^{}]{0,300}\bapiKey\b/,
  },
];

/** Clients whose constructor takes one key, each as its own sources say. */
export const KEYED_CLIENTS: readonly SdkClient[] = [...MODELS, ...MEDIA, ...SEARCH_AND_BROWSERS, ...DATA_AND_OTHERS];
