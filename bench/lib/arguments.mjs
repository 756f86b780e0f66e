// The command line of the harness.

export const usage = `npm run bench -- [options]

  --only WORK     this work only (may be given several times)
  --peer NAME     this peer only (may be given several times)
  --threads N     threads of both sides; default 2
  --rounds N      rounds; default 7
  --seconds S     time of one turn of one side in a round; default 1.5
  --quick         3 rounds of 0.7 s: under a minute for one work and one peer
  --json          one JSON object a line, and nothing else on standard output
  --dist FOLDER   measure the build in this folder instead of building ./dist
  --list          show what can be measured
  --help`;

/** A mistake in the command line. */
export class UsageError extends Error {
  /** @override */
  name = "UsageError";
}

/**
 * @typedef {object} Options
 * @property {string[]} works in the order in which they are known
 * @property {string[]} peers in the order in which they are known
 * @property {number} threads
 * @property {number} rounds
 * @property {number} seconds
 * @property {boolean} json
 * @property {boolean} list
 * @property {boolean} help
 * @property {string | undefined} dist
 */

/**
 * @param {readonly string[]} argv what follows the script's name
 * @param {{ works: readonly string[], peers: readonly string[] }} known
 * @returns {Options}
 */
export function parseArguments(argv, known) {
  /** @type {string[]} */
  const works = [];
  /** @type {string[]} */
  const peers = [];
  /** @type {{ rounds?: number, seconds?: number }} */
  const asked = {};
  let quick = false;
  /** @type {Options} */
  const options = {
    works,
    peers,
    threads: 2,
    rounds: 7,
    seconds: 1.5,
    json: false,
    list: false,
    help: false,
    dist: undefined,
  };
  const rest = argv.flatMap((argument) => {
    const equals = argument.startsWith("--") ? argument.indexOf("=") : -1;
    return equals < 0 ? [argument] : [argument.slice(0, equals), argument.slice(equals + 1)];
  });
  for (let index = 0; index < rest.length; index++) {
    const name = rest[index] ?? "";
    const value = () => {
      const found = rest[++index];
      if (found === undefined || found.startsWith("--")) throw new UsageError(`${name} needs a value`);
      return found;
    };
    /** @param {readonly string[]} choices */
    const choice = (choices) => {
      const found = value();
      if (!choices.includes(found)) {
        throw new UsageError(`${name} ${found}: there is no such; choose from ${choices.join(", ")}`);
      }
      return found;
    };
    const positive = () => {
      const found = value();
      const number = Number(found);
      if (!(number > 0 && number < 1e6)) throw new UsageError(`${name} ${found}: must be a positive number`);
      return number;
    };
    const count = () => {
      const number = positive();
      if (!Number.isInteger(number)) throw new UsageError(`${name} ${number}: must be an integer`);
      return number;
    };
    if (name === "--only") works.push(choice(known.works));
    else if (name === "--peer") peers.push(choice(known.peers));
    else if (name === "--threads") options.threads = count();
    else if (name === "--rounds") asked.rounds = count();
    else if (name === "--seconds") asked.seconds = positive();
    else if (name === "--dist") options.dist = value();
    else if (name === "--quick") quick = true;
    else if (name === "--json") options.json = true;
    else if (name === "--list") options.list = true;
    else if (name === "--help" || name === "-h") options.help = true;
    else throw new UsageError(`unknown option ${name}`);
  }
  options.works = known.works.filter((work) => works.length === 0 || works.includes(work));
  options.peers = known.peers.filter((peer) => peers.length === 0 || peers.includes(peer));
  options.rounds = asked.rounds ?? (quick ? 3 : options.rounds);
  options.seconds = asked.seconds ?? (quick ? 0.7 : options.seconds);
  return options;
}
