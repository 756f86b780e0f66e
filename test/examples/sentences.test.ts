import { describe, expect, it } from "vitest";
import { handwritten, type Phrase, phrasesOf, sentences, wordsOf } from "../../examples/kit/sentences.js";

const text = (phrase: Phrase) => wordsOf(phrase).join(" ");

describe("sentences by the grammar", () => {
  const train = sentences(500, 1);
  const test = sentences(300, 2, train);

  it("are different, the same for a seed, and none of the known", () => {
    expect(sentences(500, 1).map(text)).toEqual(train.map(text));
    expect(new Set(train.map(text)).size).toBe(500);
    const known = new Set(train.map(text));
    expect(test.map(text).filter((sentence) => known.has(sentence))).toEqual([]);
  });

  it("have every score, at the root and within, and use no word in tests that training lacks", () => {
    for (const phrases of [train, train.flatMap(phrasesOf)]) {
      expect(new Set(phrases.map(({ score }) => score))).toEqual(new Set([-2, -1, 0, 1, 2]));
    }
    const vocabulary = new Set(train.flatMap(wordsOf));
    expect(test.flatMap(wordsOf).filter((word) => !vocabulary.has(word))).toEqual([]);
  });

  it("score phrases by their rules", () => {
    const scores = new Map(train.flatMap(phrasesOf).map((phrase) => [text(phrase), phrase.score]));
    const expected = {
      "very good": 2, "rather superb": 1, "not good": -1, "not bad": 1, "never dreadful": 0, "hardly superb": -1,
      "very strange": 0, "not strange": 0, "truly dull": -2, "somewhat awful": -1,
    }; // biome-ignore format: a list
    const found = Object.entries(expected).filter(([phrase]) => scores.has(phrase));
    expect(found.length).toBeGreaterThan(2);
    for (const [phrase, score] of found) expect(scores.get(phrase), phrase).toBe(score);
  });

  it('let what comes after "but" count', () => {
    const both = train.filter(({ children }) => children?.[1].children?.[0].word === "but");
    expect(both.length).toBeGreaterThan(50);
    for (const { score, children } of both) {
      const [first, second] = [children![0].score, children![1].score];
      if (second !== 0) expect(Math.sign(score)).toBe(Math.sign(second));
      else expect(Math.abs(score)).toBeLessThanOrEqual(Math.abs(first) / 2);
    }
  });
});

describe("sentences by hand", () => {
  it("are dozens, with binary trees, of both signs, and new in form", () => {
    const hand = handwritten();
    expect(hand.length).toBeGreaterThan(36);
    for (const phrase of hand.flatMap(phrasesOf)) {
      expect(phrase.children === undefined).toBe(phrase.word !== undefined);
    }
    expect(hand.filter(({ score }) => score > 0).length).toBeGreaterThan(15);
    expect(hand.filter(({ score }) => score < 0).length).toBeGreaterThan(15);
    const train = new Set(sentences(1000, 3, hand).map(text));
    expect(hand.filter((sentence) => train.has(text(sentence)))).toEqual([]);
    const grammar = new Set(sentences(1000, 3).map(text));
    expect(hand.filter((sentence) => grammar.has(text(sentence))).length).toBeLessThan(4);
  });
});
