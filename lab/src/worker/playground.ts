/** The Worker of the page of playgrounds: trains one small problem at a time, on one thread. */
import { useDevice } from "gradus";
import { Loop } from "./playgrounds/loop.js";
import type { Order } from "./playgrounds/protocol.js";

useDevice({ threads: 1 });

const loop = new Loop((news) => self.postMessage(news));

self.onmessage = ({ data }: MessageEvent<Order>) => void loop.handle(data);
