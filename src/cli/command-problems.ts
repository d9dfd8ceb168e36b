/** Why a command could not be done, as one line: there is no such key, or the database cannot be used. */
export class CommandProblem extends Error {}

/** What is wrong with an argument, as one line. It quotes no value: somebody may have given a secret. */
export class ArgumentProblem extends Error {}
