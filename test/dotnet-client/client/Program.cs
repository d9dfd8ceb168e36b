// The official .NET client, controlled by lines of JSON: `["invoke","Add",1,2]` comes in, `{"value":3}` or
// `{"error":"Type: message"}` goes out. Events go out as `{"event":"Message","arguments":[...]}`. The first argument is
// the address of the hub; `returns` after it turns stateful reconnect on. The name of one of the client's own transports
// after it, such as `LongPolling`, and a token make `AccessTokenProvider` give that token; this needs OWN_TRANSPORTS.
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

var builder = new HubConnectionBuilder();
builder.Services.AddSingleton<EndPoint>(new UriEndPoint(new Uri(args[0])));
#if OWN_TRANSPORTS
if (args is [_, var transport, var token])
    builder.Services.AddOwnTransports(new Uri(args[0]), transport, token);
else
#endif
builder.Services.AddSingleton<IConnectionFactory>(args is [_, "returns"] ? new ReturningConnections() : new WebSocketConnections());
await using var hub = builder.WithAutomaticReconnect([TimeSpan.Zero, TimeSpan.FromMilliseconds(100)]).Build();

hub.On("Message", (JsonElement first) => Happened("Message", first));
hub.On("Two", (string first, int second) => Happened("Two", first, second));
hub.On("Question", (string question) =>
    question == "" ? throw new InvalidOperationException("no question") : question.Length);
hub.Reconnecting += error => Happened("Reconnecting");
hub.Reconnected += id => Happened("Reconnected");
hub.Closed += error => Happened("Closed", error?.Message);

while (await Console.In.ReadLineAsync() is { } line)
{
    try
    {
        Say(new { value = await Obey(JsonSerializer.Deserialize<JsonElement[]>(line)!) });
    }
    catch (Exception exception)
    {
        Say(new { error = $"{exception.GetType().Name}: {exception.Message}" });
    }
}

async Task<object?> Obey(JsonElement[] command)
{
    var target = command.Length > 1 ? command[1].GetString()! : "";
    var rest = command.Skip(2).ToArray();
    switch (command[0].GetString())
    {
        case "start":
            await hub.StartAsync();
            return null;
        case "stop":
            await hub.StopAsync();
            return null;
        case "invoke":
            return await hub.InvokeCoreAsync<JsonElement>(target, Boxed(rest));
        case "send":
            await hub.SendCoreAsync(target, Boxed(rest));
            return null;
        case "stream":
            return await Collected(target, Boxed(rest), int.MaxValue);
        case "stream, then cancel":
            return await Collected(target, Boxed(rest[1..]), rest[0].GetInt32());
        case "upload":
            return await hub.InvokeCoreAsync<JsonElement>(target, [Items(rest[0])]);
        case "upload, then fail":
            return await hub.InvokeCoreAsync<JsonElement>(target, [Items(rest[0], new InvalidOperationException("no more"))]);
        case "stream both ways":
            return await Collected(target, [Items(rest[0])], int.MaxValue);
        default:
            throw new NotSupportedException(command[0].GetString());
    }
}

async Task<List<JsonElement>> Collected(string target, object?[] arguments, int enough)
{
    using var cancel = new CancellationTokenSource();
    var items = new List<JsonElement>();
    try
    {
        await foreach (var item in hub.StreamAsyncCore<JsonElement>(target, arguments, cancel.Token))
        {
            items.Add(item);
            if (items.Count == enough) cancel.Cancel();
        }
    }
    catch (OperationCanceledException) when (cancel.IsCancellationRequested) { }
    return items;
}

static async IAsyncEnumerable<JsonElement> Items(JsonElement all, Exception? atTheEnd = null)
{
    foreach (var item in all.EnumerateArray())
    {
        await Task.Yield();
        yield return item;
    }
    if (atTheEnd is not null) throw atTheEnd;
}

static object?[] Boxed(IEnumerable<JsonElement> arguments) => [.. arguments];

static Task Happened(string what, params object?[] arguments)
{
    Say(new Dictionary<string, object?> { ["event"] = what, ["arguments"] = arguments });
    return Task.CompletedTask;
}

static void Say(object what) => Console.WriteLine(JsonSerializer.Serialize(what));
