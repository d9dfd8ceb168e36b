// The hub of most transcripts: one method for each thing that a method can do.
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;

namespace Original;

public enum Choice
{
    First,
    Second,
}

public sealed record Named(string Name, int Value);

public abstract partial class FullHub(Events events) : Hub
{
    public override Task OnConnectedAsync()
    {
        Note("connected");
        return Task.CompletedTask;
    }

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        Note(exception is null ? "disconnected" : $"disconnected {Events.Told(exception)}");
        return Task.CompletedTask;
    }

    private void Note(string what) => events.Add(GetType().Name, Context.ConnectionId, what);

    // ---------- values

    public string? Echo(string? value) => value;
    public object? EchoAny(object? value) => value;
    public int Add(int a, int b) => a + b;
    public double Number(double value) => value;
    public void Void() { }
    public async Task VoidAsync() => await Task.Yield();
    public string? Null() => null;
    public Named Object() => new("x", 1);
    public Dictionary<string, int> Dictionary() => new() { ["Key"] = 1 };
    public Choice EnumValue() => Choice.Second;
    public string Text() => "<&>'\"+\u00e9\u2028\U0001f600\u0001/\\";
    public DateTimeOffset Date() => new(2020, 2, 3, 4, 5, 6, 789, TimeSpan.FromHours(2));
    public byte[] Bytes() => [0x00, 0xff, 0x80];
    public double NotANumber() => double.NaN;
    public long BigInteger() => 9_007_199_254_740_993;
    public string BigText(int length) => new('x', length);

    public object CircularResult()
    {
        var list = new List<object>();
        list.Add(list);
        return list;
    }

    public string Optional(string? a, string? b = "default") => a + b;

    [HubMethodName("renamed")]
    public string Original() => "renamed";

    public static string Static() => "static";
    public string ConnectionId() => Context.ConnectionId;
    public string? UserId() => Context.UserIdentifier;
    public string? QueryValue(string name) => Context.GetHttpContext()?.Request.Query[name];
    public string? HeaderValue(string name) => Context.GetHttpContext()?.Request.Headers[name];
    public string MethodAndPath() => $"{Context.GetHttpContext()?.Request.Method} {Context.GetHttpContext()?.Request.Path}";

    // ---------- errors

    public void Throw(string? message) => throw new InvalidOperationException(message);

    public async Task ThrowAsync(string? message)
    {
        await Task.Yield();
        throw new ArgumentException(message, "secretParam");
    }

    public void ThrowHub(string? message) => throw new HubException(message);

    // ---------- time, and the end of the connection

    public void Kill() => Context.Abort();
    public void RequestClose() => Context.Features.GetRequiredFeature<IConnectionLifetimeNotificationFeature>().RequestClose();

    public async Task<string> Slow(int ms)
    {
        await Task.Delay(ms);
        return $"slow {ms}";
    }

    public Task Wait() => Aborted();

    private async Task Aborted()
    {
        var aborted = new TaskCompletionSource();
        using var registration = Context.ConnectionAborted.Register(aborted.SetResult);
        await aborted.Task;
    }

    // ---------- addressing

    public Task ToAll(string? message) => Clients.All.SendAsync("Message", message);
    public Task ToOthers(string? message) => Clients.Others.SendAsync("Message", message);
    public Task ToCaller(string? message) => Clients.Caller.SendAsync("Message", message);

    public async Task ToCallerMany(int count)
    {
        for (var n = 0; n < count; n++) await Clients.Caller.SendAsync("Message", n);
    }

    public Task Big(int length) => Clients.Caller.SendAsync("Message", new string('x', length));
    public Task NoArguments() => Clients.Caller.SendAsync("NoArguments");

    public Task ManyArguments() =>
        Clients.Caller.SendAsync("ManyArguments", 1, "two", null, new[] { 3 }, new Named("x", 4));

    public Task Unserializable() => Clients.Caller.SendAsync("Message", (Func<int>)(() => 1));
    public Task Join(string group) => Groups.AddToGroupAsync(Context.ConnectionId, group);
    public Task Leave(string group) => Groups.RemoveFromGroupAsync(Context.ConnectionId, group);
    public Task JoinOther(string id, string group) => Groups.AddToGroupAsync(id, group);
    public Task ToGroup(string group, string? message) => Clients.Group(group).SendAsync("Message", message);
    public Task ToGroups(string[] groups, string? message) => Clients.Groups(groups).SendAsync("Message", message);
    public Task ToOthersInGroup(string group, string? message) => Clients.OthersInGroup(group).SendAsync("Message", message);

    public Task ToGroupExcept(string group, string[] ids, string? message) =>
        Clients.GroupExcept(group, ids).SendAsync("Message", message);

    public Task ToClient(string id, string? message) => Clients.Client(id).SendAsync("Message", message);
    public Task ToClients(string[] ids, string? message) => Clients.Clients(ids).SendAsync("Message", message);
    public Task ToAllExcept(string[] ids, string? message) => Clients.AllExcept(ids).SendAsync("Message", message);
    public Task ToUser(string user, string? message) => Clients.User(user).SendAsync("Message", message);
    public Task ToUsers(string[] users, string? message) => Clients.Users(users).SendAsync("Message", message);

    // ---------- client results

    public Task<int> Ask(string id, string? question) =>
        Clients.Client(id).InvokeAsync<int>("Question", question, CancellationToken.None);

    public Task<int> AskMe(string? question) =>
        Clients.Caller.InvokeAsync<int>("Question", question, CancellationToken.None);

    public async Task<int> AskMeFor(int ms)
    {
        using var enough = new CancellationTokenSource(ms);
        return await Clients.Caller.InvokeAsync<int>("Question", "?", enough.Token);
    }

    public async Task AskMeRecorded()
    {
        try
        {
            Note($"answered {await AskMe("?")}");
        }
        catch (Exception exception)
        {
            Note($"unanswered {Events.Told(exception)}");
        }
    }
}
