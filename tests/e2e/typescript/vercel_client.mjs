// Vercel's AI SDK with its Anthropic provider.
import { readFileSync } from "node:fs";
import { createAnthropic } from "@ai-sdk/anthropic";
import { generateObject, generateText, streamText, tool } from "ai";
import { z } from "zod";
import { PIXEL, QUESTION, report, WEATHER } from "./features.mjs";

const anthropic = createAnthropic({ baseURL: `${process.env.ROUTER_URL}/v1`, apiKey: "any" });
const model = anthropic("auto");
const City = z.object({ city: z.string() });
const tools = { get_weather: tool({ description: "The weather in a city", inputSchema: City }) };
const image = [
  { type: "image", image: PIXEL, mediaType: "image/png" },
  { type: "text", text: "What is this?" },
];

const { version } = JSON.parse(readFileSync("node_modules/ai/package.json"));
await report(version, {
  plain: async () => (await generateText({ model, prompt: QUESTION, maxOutputTokens: 200 })).text,
  streamed: async () => {
    let pieces = 0;
    for await (const piece of streamText({ model, prompt: QUESTION, maxOutputTokens: 200 }).textStream) pieces += piece.length > 0;
    return pieces > 1;
  },
  "system text": async () => (await generateText({ model, system: "Be brief.", prompt: QUESTION, maxOutputTokens: 200 })).text,
  tools: async () => (await generateText({ model, tools, prompt: WEATHER, maxOutputTokens: 200 })).toolCalls[0].toolName === "get_weather",
  "forced tool": async () => (await generateObject({ model, schema: City, prompt: "Berlin", maxOutputTokens: 200 })).object.city,
  images: async () => (await generateText({ model, messages: [{ role: "user", content: image }], maxOutputTokens: 200 })).text,
  errors: () =>
    generateText({ model: anthropic("no-such-model"), prompt: QUESTION, maxRetries: 0 }).catch((error) => error.statusCode === 404),
});
