// LangChain.js with its Anthropic model.
import { readFileSync } from "node:fs";
import { ChatAnthropic } from "@langchain/anthropic";
import { HumanMessage, SystemMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { z } from "zod";
import { PIXEL, QUESTION, report, WEATHER } from "./features.mjs";

const chat = (model = "auto") =>
  new ChatAnthropic({ model, anthropicApiUrl: process.env.ROUTER_URL, apiKey: "any", maxTokens: 200, maxRetries: 0 });
const City = z.object({ city: z.string() });
const weather = tool(({ city }) => `sunny in ${city}`, {
  name: "get_weather",
  description: "The weather in a city",
  schema: City,
});
const image = { type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } };

const { version } = JSON.parse(readFileSync("node_modules/@langchain/anthropic/package.json"));
await report(version, {
  plain: async () => (await chat().invoke(QUESTION)).content,
  streamed: async () => {
    let pieces = 0;
    for await (const piece of await chat().stream(QUESTION)) pieces += piece.content.length > 0;
    return pieces > 1;
  },
  "system text": async () => (await chat().invoke([new SystemMessage("Be brief."), new HumanMessage(QUESTION)])).content,
  tools: async () => (await chat().bindTools([weather]).invoke(WEATHER)).tool_calls[0].name === "get_weather",
  "forced tool": async () => (await chat().withStructuredOutput(City).invoke("Berlin")).city,
  images: async () =>
    (await chat().invoke([new HumanMessage({ content: [image, { type: "text", text: "What is this?" }] })])).content,
  errors: () => chat("no-such-model").invoke(QUESTION).catch((error) => error.status === 404),
});
