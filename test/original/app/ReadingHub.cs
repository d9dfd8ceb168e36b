using Microsoft.AspNetCore.SignalR;

namespace Original;

/// <summary>Sends its caller much: in one turn, awaiting nothing, or steadily.</summary>
public sealed class ReadingHub(IHubContext<ReadingHub> context) : Hub
{
    public void Burst(int count, int length)
    {
        var ballast = new string('x', length);
        for (var n = 0; n < count; n++) _ = Clients.Caller.SendAsync("Heard", n, ballast);
    }

    /// <summary>Not within the call: while one runs, no acknowledgement is read.</summary>
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
