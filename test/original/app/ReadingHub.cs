using Microsoft.AspNetCore.SignalR;

namespace Original;

/// <summary>Sends many messages to its caller: without awaiting anything, or steadily.</summary>
public sealed class ReadingHub(IHubContext<ReadingHub> context) : Hub
{
    public void Burst(int count, int length)
    {
        var ballast = new string('x', length);
        for (var n = 0; n < count; n++) _ = Clients.Caller.SendAsync("Heard", n, ballast);
    }

    /// <summary>Sends outside the call: while a call runs, no acknowledgement is read.</summary>
    public void Steadily(int from, int to, int length)
    {
        var caller = context.Clients.Client(Context.ConnectionId);
        _ = Task.Run(async () =>
        {
            var ballast = new string('x', length);
            for (var n = from; n < to; n++) await caller.SendAsync("Heard", n, ballast);
        });
    }
}
