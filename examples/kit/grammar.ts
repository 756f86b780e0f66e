/** A small world of sentences, written for this project: endless text of which everything is known. */
import { random } from "gradus";

const nouns = ["sailor", "baker", "king", "child", "cat", "owl", "miller", "friend"];
const adjectives = ["old", "young", "quiet", "tired", "brave"];
const seen = ["see", "know", "love", "follow", "need"];
const done = ["sleep", "wait", "dance", "sing", "work", "dream"];
const places = ["by the river", "in the garden", "behind the mill", "under the bridge", "near the sea"];

/** The form of a verb that goes with the number of its noun. */
const agreeing = (verb: string, plural: boolean) => (plural ? verb : `${verb}s`);
const plurals: Readonly<Record<string, string>> = { child: "children" };
const numbered = (noun: string, plural: boolean) => (plural ? (plurals[noun] ?? `${noun}s`) : noun);

export interface Corpus {
  readonly text: string;
  /** Bits that the choices took, for each character: what no model can go below. */
  readonly bits: number;
}

/** Sentences such as "the old kings who love the cat wait by the river." until there are `length` characters. */
export function write(length: number, seed: number): Corpus {
  const stream = new random.RandomStream(seed);
  let bits = 0;
  const choose = <T>(list: readonly T[]): T => {
    bits += Math.log2(list.length);
    return list[stream.integer(list.length)]!;
  };
  const nounPhrase = (plural: boolean) => {
    const adjective = choose([true, false]) ? `${choose(adjectives)} ` : "";
    return `the ${adjective}${numbered(choose(nouns), plural)}`;
  };
  const sentence = () => {
    const plural = choose([true, false]);
    const subject = nounPhrase(plural);
    const clause = choose([true, false])
      ? ` who ${agreeing(choose(seen), plural)} ${nounPhrase(choose([true, false]))}`
      : "";
    return `${subject}${clause} ${agreeing(choose(done), plural)} ${choose(places)}. `;
  };
  let text = "";
  while (text.length < length) text += sentence();
  return { text, bits: bits / text.length };
}

const any = (list: readonly string[]) => `(?:${list.join("|")})`;
const phrase = (forms: readonly string[]) => `the (?:${any(adjectives)} )?${any(forms)}`;
const clauseOf = (plural: boolean) => {
  const forms = nouns.map((noun) => numbered(noun, plural));
  const object = any([phrase(nouns), phrase(nouns.map((noun) => numbered(noun, true)))]);
  const verbs = (list: readonly string[]) => any(list.map((verb) => agreeing(verb, plural)));
  return `${phrase(forms)}(?: who ${verbs(seen)} ${object})? ${verbs(done)} ${any(places)}\\.`;
};
const correct = new RegExp(`^(?:${clauseOf(false)}|${clauseOf(true)})$`);

/** Whether the grammar can write a sentence. */
export function isCorrect(sentence: string): boolean {
  return correct.test(sentence);
}
