import { z } from "zod";

/** Values that many keys of recipes take. */
export const count = z.int().min(1);
export const cells = z.int().min(0);
export const positive = z.number().positive();
export const nonNegative = z.number().min(0);
/** At least 0 and below 1. */
export const share = z.number().min(0).lt(1);

const pair = (entry: z.ZodInt) => z.union([entry, z.tuple([entry, entry])]);

/** Rows and columns, or one number for both. */
export const size = pair(count);
export const cellsPerAxis = pair(cells);
export const padding = z.union([z.enum(["same", "valid"]), cells, z.tuple([cells, cells])]);
