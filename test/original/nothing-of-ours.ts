// In place of all of `src`: whatever gets here would put our own server under the suite.
throw new Error('The suite was to be played against the original, and asks for code of ours.');

export {};
