// MessagePack from its package, or a stand-in where no feed has the package (original.csproj).
#if !MESSAGEPACK
using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection.Extensions;
#endif
using Microsoft.AspNetCore.SignalR;

namespace Original;

public static class MessagePack
{
    public static void AddMessagePack(this ISignalRServerBuilder builder)
    {
#if MESSAGEPACK
        builder.AddMessagePackProtocol();
#else
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHubProtocol, StandinBinaryProtocol>());
#endif
    }
}

#if !MESSAGEPACK
/// <summary>
/// A protocol with MessagePack's name and transfer format that writes JSON: enough for transcripts that end with the
/// handshake.
/// </summary>
public sealed class StandinBinaryProtocol : IHubProtocol
{
    private readonly JsonHubProtocol _json = new();

    public string Name => "messagepack";
    public int Version => _json.Version;
    public TransferFormat TransferFormat => TransferFormat.Binary;
    public bool IsVersionSupported(int version) => _json.IsVersionSupported(version);
    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => _json.GetMessageBytes(message);
    public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => _json.WriteMessage(message, output);

    public bool TryParseMessage(
        ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message) =>
        _json.TryParseMessage(ref input, binder, out message);
}
#endif
