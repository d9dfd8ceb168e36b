using System.IO.Pipelines;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections;

/// <summary>A WebSocket without negotiation. It does not need the package with the client's own transports.</summary>
public sealed class WebSocketConnections : IConnectionFactory
{
    public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endPoint, CancellationToken cancelled = default)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(((UriEndPoint)endPoint).Uri, cancelled);
        return new WebSocketConnection(WebSocketStream.Create(socket, WebSocketMessageType.Text, closeTimeout: TimeSpan.FromSeconds(5)));
    }
}

public sealed class WebSocketConnection : DefaultConnectionContext, IDuplexPipe
{
    private readonly Stream _stream;

    public WebSocketConnection(Stream stream)
    {
        _stream = stream;
        Input = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
        Output = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
        Transport = this;
    }

    public PipeReader Input { get; }
    public PipeWriter Output { get; }

    public override async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        await base.DisposeAsync();
    }
}
