/** The Worker of a page: answers its requests, one at a time. */
import "./no-eval.js";
import type { CommandName, Commands, News, Request } from "./protocol.js";
import { buffersOf, Session } from "./session.js";

type FromPage = Request | { readonly seen: true } | { readonly ping: true } | { readonly base: string };

let session: Session | undefined;

const tell = (news: News, transfer: Transferable[] = []) => self.postMessage(news, { transfer });

self.onmessage = async ({ data: message }: MessageEvent<FromPage>) => {
  if ("base" in message) {
    session = new Session(message.base, tell);
    return tell({ news: "ready" });
  }
  if (session === undefined) return;
  if ("ping" in message) return tell({ news: "alive" });
  if ("seen" in message) return session.seen();
  const { id, command, parameters } = message;
  try {
    const result = await session.handle(command, parameters as Parameters<Commands[CommandName]>[0] as never);
    self.postMessage({ id, result }, { transfer: buffersOf(result) });
  } catch (error) {
    const { name, message: text } = error instanceof Error ? error : new Error(String(error));
    self.postMessage({ id, error: { name, message: text } });
  }
};
