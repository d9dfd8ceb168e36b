using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

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

/// <summary>Named MessagePack and binary like it, but writes JSON: the real protocol is in a package of its own.</summary>
public sealed class StandinBinaryProtocol : IHubProtocol
{
    public const string BorrowedName = "messagepack";
    private readonly JsonHubProtocol _json = new();

    public string Name => BorrowedName;
    public int Version => _json.Version;
    public TransferFormat TransferFormat => TransferFormat.Binary;
    public bool IsVersionSupported(int version) => _json.IsVersionSupported(version);
    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => _json.GetMessageBytes(message);
    public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => _json.WriteMessage(message, output);

    public bool TryParseMessage(
        ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message) =>
        _json.TryParseMessage(ref input, binder, out message);
}
