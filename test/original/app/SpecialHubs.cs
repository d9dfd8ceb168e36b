// The full hub under its names, and hubs that test how a connection begins and ends, and which clients are admitted.
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace Original;

public sealed class PlainHub(Events events) : FullHub(events);
public sealed class DetailedHub(Events events) : FullHub(events);
public sealed class FastHub(Events events) : FullHub(events);
public sealed class SmallHub(Events events) : FullHub(events);
public sealed class LargeHub(Events events) : FullHub(events);
public sealed class ParallelHub(Events events) : FullHub(events);
public sealed class StatefulHub(Events events) : FullHub(events);
public sealed class StatefulSmallHub(Events events) : FullHub(events);
public sealed class SendTimeoutHub(Events events) : FullHub(events);
public sealed class StandinBinaryHub(Events events) : FullHub(events);
public sealed class FilteredHub(Events events) : FullHub(events);
public sealed class TestHub(Events events) : FullHub(events);

[Authorize]
public sealed class AuthStayingHub(Events events) : FullHub(events);

[Authorize]
public sealed class AuthExpiringHub(Events events) : FullHub(events);

[Authorize(Roles = "admin")]
public sealed class AdminHub(Events events) : FullHub(events);

[Authorize]
public sealed class AuthorizedHub : Hub
{
    public string? Echo(string? value) => value;
    public string? WhoAmI() => Context.UserIdentifier;

    [Authorize(Roles = "admin")]
    public string AdminOnly() => "secret";
}

public sealed class RefusingHub : Hub
{
    public override Task OnConnectedAsync() => throw new InvalidOperationException("secret");
}

public sealed class RefusingWithHubExceptionHub : Hub
{
    public override Task OnConnectedAsync() => throw new HubException("visible");
}

/// <summary>A hub with a dependency that no service provides.</summary>
public sealed class UncreatableHub(object missing) : Hub
{
    public object Missing() => missing;
}

/// <summary><c>?mode=</c> selects the behaviour at the beginning and at the end.</summary>
public class ModeHub(Events events) : Hub
{
    public string? Echo(string? value) => value;

    public override async Task OnConnectedAsync()
    {
        Note("connecting");
        switch (Mode)
        {
            case "abort":
                Context.Abort();
                break;
            case "greet":
                await Clients.Caller.SendAsync("Message", "first");
                await Clients.All.SendAsync("Message", "second");
                await Task.Delay(400);
                await Clients.Caller.SendAsync("Message", "third");
                break;
            case "ask":
                if (await FailureOfAsking() is { } failure) await Clients.Caller.SendAsync("Message", failure);
                break;
            case "group":
                await Groups.AddToGroupAsync(Context.ConnectionId, "mode");
                await Clients.Group("mode").SendAsync("Message", "to the group");
                break;
            case "throw-late":
                await Clients.Caller.SendAsync("Message", "before");
                await Task.Delay(100);
                throw new InvalidOperationException("late");
        }
        Note("connected");
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        Note($"disconnected {(Context.ConnectionAborted.IsCancellationRequested ? "aborted" : "not aborted")}");
        switch (Mode)
        {
            case "ask-at-end":
                Note($"unanswered {await FailureOfAsking()}");
                break;
            case "send-at-end":
                await Clients.Caller.SendAsync("Message", "too late");
                Note("sent");
                break;
            case "slow-end":
                await Task.Delay(600);
                Note("end");
                break;
            case "throw-at-end":
                await Task.Delay(200);
                throw new InvalidOperationException("at the end");
        }
    }

    private string? Mode => Context.GetHttpContext()?.Request.Query["mode"];

    private void Note(string what) => events.Add(GetType().Name, Context.ConnectionId, what);

    private async Task<string?> FailureOfAsking()
    {
        try
        {
            await Clients.Caller.InvokeAsync<int>("Question", "?", CancellationToken.None);
            return null;
        }
        catch (Exception exception)
        {
            return Events.Told(exception);
        }
    }
}

public sealed class TracedHub(Events events) : ModeHub(events);
