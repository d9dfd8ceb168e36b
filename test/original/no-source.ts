// Replaces all of `src`. A module that imports it would test our own server instead of ASP.NET Core SignalR.
throw new Error('The suite was to be played against the original, and asks for code of ours.');

export {};
