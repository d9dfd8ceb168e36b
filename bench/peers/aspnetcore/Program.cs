// ASP.NET Core SignalR with its defaults, including the limit of one parallel call for each client. The log level is
// that of its templates. Built with NODES it is one of several nodes; its argument is the address of their Redis.
using Microsoft.AspNetCore.SignalR;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls("http://127.0.0.1:0");
var signalR = builder.Services.AddSignalR();
#if NODES
signalR.AddStackExchangeRedis(args[0]);
#endif
var app = builder.Build();
app.MapHub<BenchHub>("/bench");
await app.StartAsync();
Console.WriteLine($"listening on {app.Urls.First()}");
await app.WaitForShutdownAsync();

public sealed class BenchHub : Hub
{
    public string Id() => Context.ConnectionId;
    public string Echo(string data) => data;
    public Task Broadcast(string data) => Clients.All.SendAsync("m", data);
    public Task Whisper(string to, string data) => Clients.Client(to).SendAsync("m", data);
    public Task Join(string group) => Groups.AddToGroupAsync(Context.ConnectionId, group);
    public Task ToGroup(string group, string data) => Clients.Group(group).SendAsync("m", data);
}
