import { z } from "zod";
import { suggestion } from "./nearest.js";

/** An object without other keys: unknown ones are refused with the known ones, the nearest first. */
export function object<T extends z.ZodRawShape>(shape: T) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return undefined;
      const unknown = issue.keys.map((key) => `"${key}"`).join(", ");
      const hint = issue.keys.length === 1 ? suggestion(issue.keys[0] as string, known) : "";
      return `unknown key${issue.keys.length > 1 ? "s" : ""} ${unknown}${hint} (known: ${known.join(", ")})`;
    },
  });
}

type Schema<Type extends string, Shape> = z.ZodObject<{ type: z.ZodLiteral<Type> } & Shape, z.core.$strict>;

/** Something that recipes write as `{ "type": ..., ... }`: its keys, and what is made of it. */
export function define<Type extends string, Shape extends z.ZodRawShape, Rest extends unknown[], Made>(
  type: Type,
  shape: Shape,
  make: (written: z.output<Schema<Type, Shape>>, ...rest: Rest) => Made,
): {
  readonly schema: Schema<Type, Shape>;
  readonly make: (written: z.output<Schema<Type, Shape>>, ...rest: Rest) => Made;
} {
  return { schema: object({ type: z.literal(type), ...shape }), make };
}

type Definitions = Readonly<Record<string, { readonly schema: z.core.$ZodTypeDiscriminable }>>;

/** A union told apart by `type`, whose error lists the types there are. */
export function oneOf<T extends Definitions>(what: string, types: T, hints: Record<string, string> = {}) {
  const names = Object.keys(types);
  type Member = T[keyof T]["schema"];
  const members = Object.values(types).map(({ schema }) => schema) as [Member, ...Member[]];
  return z.discriminatedUnion("type", members, {
    error: (issue) => {
      if (issue.code !== "invalid_union") return undefined;
      const { input } = issue;
      const type: unknown =
        typeof input === "object" && input !== null && "type" in input ? input.type : undefined;
      if (type === undefined) return `a ${what} needs a "type": ${names.join(", ")}`;
      const hint = hints[String(type)] ?? `${suggestion(String(type), names)} (known: ${names.join(", ")})`;
      return `there is no ${what} ${JSON.stringify(type)}${hint}`;
    },
  });
}

type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Removes keys whose value is undefined, so that defaults apply. */
export function given<T extends object>(options: T): Given<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>;
}
