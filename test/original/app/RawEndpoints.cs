using Microsoft.AspNetCore.Connections;

namespace Original;

/// <summary>Has no hub and sends every byte back, so that the transport is tested alone.</summary>
public sealed class EchoEndpoint : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        while (true)
        {
            var read = await input.ReadAsync();
            foreach (var segment in read.Buffer) await output.WriteAsync(segment);
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return;
        }
    }
}
