/**
 * A small set of judgements about films with their trees, written for this project: a grammar makes most of them, with a score
 * at each node by rules that a reader can check, and some dozens are written by hand.
 */
import { type nn, random } from "gradus";

/** A phrase: a word, or two phrases. Its score goes from -2, very negative, to 2, very positive. */
export interface Phrase extends nn.TreeNode<Phrase> {
  readonly score: number;
  readonly word?: string;
}

const words = {
  adjectives: {
    "2": ["superb", "brilliant", "wonderful", "gripping", "hilarious", "unforgettable"],
    "1": ["good", "funny", "clever", "charming", "likeable", "fresh", "warm", "fine"],
    "0": ["long", "short", "quiet", "old", "simple", "strange"],
    "-1": ["bad", "dull", "slow", "weak", "clumsy", "predictable", "cold", "stale"],
    "-2": ["dreadful", "awful", "terrible", "unbearable", "worthless", "appalling"],
  },
  verbs: {
    "2": ["loved", "adored"],
    "1": ["liked", "enjoyed"],
    "-1": ["disliked", "resented"],
    "-2": ["hated", "loathed"],
  },
  determiners: ["the", "this"],
  nouns: [
    "film",
    "story",
    "acting",
    "music",
    "plot",
    "cast",
    "ending",
    "script",
    "dialogue",
    "camera",
    "hero",
    "joke",
  ],
  people: ["i", "we", "everyone", "critics"],
  copulas: ["is", "was", "seems", "remains"],
  negators: ["not", "never", "hardly"],
  intensifiers: ["very", "really", "truly", "utterly"],
  diminishers: ["slightly", "somewhat", "rather"],
} as const;

const clip = (score: number) => Math.max(-2, Math.min(2, score));

/** What a negation makes of a score: "not superb" is a reproach, "not bad" some praise, and "not dreadful" neither. */
export const negated = (score: number) => (score > 0 ? -1 : score === -1 ? 1 : 0);
/** "Very": what is weak becomes strong. */
export const intensified = (score: number) => clip(2 * score);
/** "Somewhat": what is strong becomes weak. */
export const diminished = (score: number) => Math.sign(score);
/** "A, but B": B counts, less so if it is strong and A says the opposite; where B says nothing, half of A is left. */
export const contrasted = (a: number, b: number) =>
  b === 0 ? Math.trunc(a / 2) : a * b < 0 ? Math.sign(b) : b;
/** "A and B": both count. */
export const added = (a: number, b: number) => clip(a + b);

const leaf = (word: string, score = 0): Phrase => ({ word, score });
const pair = (left: Phrase, right: Phrase, score: number): Phrase => ({ score, children: [left, right] });

/** The words of a phrase, in order. */
export function wordsOf(phrase: Phrase): string[] {
  return phrase.children ? phrase.children.flatMap(wordsOf) : [phrase.word!];
}

/** A phrase and all phrases within it. */
export function phrasesOf(phrase: Phrase): Phrase[] {
  return [phrase, ...(phrase.children ?? []).flatMap(phrasesOf)];
}

/** Makes sentences by its grammar: what the words of a phrase are drawn from depends on the seed alone. */
class Grammar {
  readonly #stream: random.RandomStream;

  constructor(seed: number) {
    this.#stream = new random.RandomStream(seed, 41);
  }

  sentence(): Phrase {
    const first = this.#clause();
    if (this.#chance(0.4)) return first;
    const second = this.#clause();
    if (this.#chance(0.2))
      return pair(pair(leaf("although"), first, first.score), second, contrasted(first.score, second.score));
    const but = this.#chance(0.6);
    const tail = pair(leaf(but ? "but" : "and"), second, second.score);
    return pair(first, tail, (but ? contrasted : added)(first.score, second.score));
  }

  #clause(): Phrase {
    if (this.#chance(0.3)) return this.#opinion();
    const subject = this.#thing();
    const quality = this.#quality();
    const predicate = pair(leaf(this.#one(words.copulas)), quality, quality.score);
    return pair(subject, predicate, predicate.score);
  }

  /** "We (did not) enjoy the plot", with the verb as it is written after both. */
  #opinion(): Phrase {
    const verb = this.#scored(words.verbs);
    const object = pair(verb, this.#thing(), verb.score);
    const said = this.#chance(0.4)
      ? pair(leaf(this.#one(words.negators)), object, negated(object.score))
      : object;
    return pair(leaf(this.#one(words.people)), said, said.score);
  }

  #thing(): Phrase {
    return pair(leaf(this.#one(words.determiners)), leaf(this.#one(words.nouns)), 0);
  }

  /** "Not very good", "a dull joke". */
  #quality(): Phrase {
    const graded = this.#graded();
    const quality = this.#chance(0.3) ? this.#example(graded) : graded;
    if (this.#chance(0.6)) return quality;
    return pair(leaf(this.#one(words.negators)), quality, negated(quality.score));
  }

  #example(graded: Phrase): Phrase {
    const article = /^[aeiou]/.test(wordsOf(graded)[0]!) ? "an" : "a";
    return pair(leaf(article), pair(graded, leaf(this.#one(words.nouns)), graded.score), graded.score);
  }

  #graded(): Phrase {
    const adjective = this.#scored(words.adjectives);
    if (this.#chance(0.5)) return adjective;
    if (this.#chance(0.5))
      return pair(leaf(this.#one(words.intensifiers)), adjective, intensified(adjective.score));
    return pair(leaf(this.#one(words.diminishers)), adjective, diminished(adjective.score));
  }

  #scored(byScore: Readonly<Record<string, readonly string[]>>): Phrase {
    const score = this.#one(Object.keys(byScore));
    return leaf(this.#one(byScore[score]!), Number(score));
  }

  #one<T>(choices: readonly T[]): T {
    return choices[this.#stream.integer(choices.length)]!;
  }

  #chance(probability: number): boolean {
    return this.#stream.uniform() < probability;
  }
}

/** Different sentences by the grammar, none of which is among `known`. */
export function sentences(count: number, seed: number, known: readonly Phrase[] = []): Phrase[] {
  const grammar = new Grammar(seed);
  const seen = new Set(known.map((phrase) => wordsOf(phrase).join(" ")));
  const made: Phrase[] = [];
  while (made.length < count) {
    const sentence = grammar.sentence();
    const text = wordsOf(sentence).join(" ");
    if (!seen.has(text)) made.push(sentence);
    seen.add(text);
  }
  return made;
}

/**
 * Sentences by hand, most in forms that the grammar does not make, with the score of the whole. Words that the grammar does not
 * know mean nothing.
 */
const byHand: readonly (readonly [score: number, tree: string])[] = [
  [2, "(a (superb film))"],
  [2, "((a (wonderful story)) (with (a (brilliant cast))))"],
  [1, "(never dull)"],
  [1, "(not (a (bad film)))"],
  [1, "((the film) (is ((never slow) (and (never dull)))))"],
  [1, "(this (is (not (a (weak script)))))"],
  [1, "(simple (but charming))"],
  [1, "((slow (at first)) (but (really clever)))"],
  [1, "(strange (but (not bad)))"],
  [1, "((a (predictable plot)) (but (a (very charming) cast)))"],
  [1, "(not ((a (dull joke)) (in it)))"],
  [1, "((although ((the hero) (is dull))) (i (liked (the film))))"],
  [1, "(i ((did (not dislike)) (the ending)))"],
  [1, "(we (never (disliked (the music))))"],
  [1, "((the plot) ((is weak) (but ((the acting) (is superb)))))"],
  [2, "(((the script) (is clever)) (and ((the music) (is unforgettable))))"],
  [2, "((everyone (who (saw it))) (adored it))"],
  [2, "((truly gripping) (and (very funny)))"],
  [1, "(it (is (rather good)))"],
  [1, "(somewhat brilliant)"],
  [-2, "(an (appalling film))"],
  [-2, "((a (dreadful story)) (with (an (awful cast))))"],
  [-1, "(never funny)"],
  [-1, "(not (a (good film)))"],
  [-1, "(hardly (a (brilliant script)))"],
  [-1, "((the film) (is ((not fresh) (and (not funny)))))"],
  [-1, "(this (is (not (a (very (clever plot))))))"],
  [-1, "(charming (but (never gripping)))"],
  [-1, "((good (at first)) (but (really dull)))"],
  [-1, "((a (superb cast)) (but (a (terrible script))))"],
  [-1, "(not ((a (funny joke)) (in it)))"],
  [-1, "((although ((the hero) (is likeable))) (i (disliked (the film))))"],
  [-1, "(i (did (not (enjoy (the ending)))))"],
  [-1, "(we (never (liked (the music))))"],
  [-1, "((the plot) ((is clever) (but ((the acting) (is unbearable)))))"],
  [-2, "(((the script) (is clumsy)) (and ((the music) (is worthless))))"],
  [-2, "((everyone (who (saw it))) (hated it))"],
  [-2, "((truly awful) (and (very slow)))"],
  [-1, "(it (is (rather bad)))"],
  [-1, "(slightly terrible)"],
  [-1, "((critics (adored it)) (but (i (loathed it))))"],
  [1, "((critics (loathed it)) (but (i (adored it))))"],
];

/** The sentences written by hand. Scores within them are unknown, and given as 0. */
export function handwritten(): Phrase[] {
  return byHand.map(([score, text]) => ({ ...parse(text), score }));
}

/** `((a b) c)`; where three or more stand side by side, each is paired with all that follow. */
function parse(text: string): Phrase {
  const tokens = text.match(/[()]|\w+/g)!;
  let at = 0;
  const next = (): Phrase => {
    const token = tokens[at++]!;
    if (token !== "(") return leaf(token);
    const parts: Phrase[] = [];
    while (tokens[at] !== ")") parts.push(next());
    at++;
    return parts.reduceRight((right, left) => pair(left, right, 0));
  };
  return next();
}
