// Replaces all of `src`. A module that imports it would test our own server instead of ASP.NET Core SignalR.
throw new Error('The suite runs against ASP.NET Core SignalR, but imports code of our server.');

export {};
